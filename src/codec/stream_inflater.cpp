#include "codec/stream_inflater.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

#include <zlib.h>

namespace cistern::codec {
namespace {

constexpr int kGzipOrZlib = 15 + 32;

Failure damaged(const z_stream_s& state) {
  return {.verdict = Verdict::set_aside,
          .code = "codec/damaged",
          .cause = std::string{"the compressed data is damaged ("} +
                   (state.msg == nullptr ? "no reason given" : state.msg) + ")",
          .consequence = "it was not decompressed further",
          .next_step = "obtain the data again from where it came"};
}

uInt bounded(std::size_t size) {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

}  // namespace

StreamInflater::StreamInflater() : state_(std::make_unique<z_stream_s>()) {
  if (inflateInit2(state_.get(), kGzipOrZlib) != Z_OK) throw std::bad_alloc();
}

StreamInflater::~StreamInflater() {
  inflateEnd(state_.get());
}

Status StreamInflater::advance(std::string_view& input, std::string& out, std::size_t most) {
  if (at_end_ && input.empty()) return {};
  if (std::exchange(at_end_, false)) inflateReset(state_.get());
  const std::size_t before = out.size();
  out.resize(before + most);
  // zlib does not write to its input.
  state_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
  state_->avail_in = bounded(input.size());
  state_->next_out = reinterpret_cast<Bytef*>(out.data() + before);
  state_->avail_out = bounded(most);
  const uInt offered = state_->avail_in;
  const int code = inflate(state_.get(), Z_SYNC_FLUSH);
  input.remove_prefix(offered - state_->avail_in);
  out.resize(before + (bounded(most) - state_->avail_out));
  if (code == Z_STREAM_END) {
    at_end_ = true;
    return {};
  }
  // Z_BUF_ERROR: more input is needed, or more room.
  if (code == Z_OK || code == Z_BUF_ERROR) return {};
  if (code == Z_MEM_ERROR) throw std::bad_alloc();
  return fail(damaged(*state_));
}

}  // namespace cistern::codec
