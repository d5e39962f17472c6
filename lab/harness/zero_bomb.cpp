#include "lab/harness/zero_bomb.hpp"

#include <memory>
#include <string_view>

#include <zlib.h>

namespace cistern::lab {

namespace {

constexpr std::size_t kBlock = 1 << 20;

// A deflate block of a MiB of zeros that refers to nothing before it, so it can be repeated.
std::string deflated_block() {
  const std::string zeros(kBlock, '\0');
  std::string out(64 * 1024, '\0');
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  // zlib's interface takes no const pointer; it does not write there.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(zeros.data()));
  stream.avail_in = static_cast<uInt>(zeros.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FULL_FLUSH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

std::function<bool(std::string&)> zero_bomb(std::uint64_t bytes) {
  struct State {
    std::uint64_t blocks;
    std::string block;
    int stage = 0;
  };
  auto state = std::make_shared<State>(State{(bytes + kBlock - 1) / kBlock, deflated_block()});
  return [state](std::string& piece) {
    using namespace std::string_view_literals;
    switch (state->stage) {
      case 0:
        piece = "\x1f\x8b\x08\0\0\0\0\0\0\xff"sv;
        state->stage = 1;
        return true;
      case 1:
        piece = state->block;
        if (state->blocks <= 1) state->stage = 2;
        --state->blocks;
        return true;
      case 2:
        piece = "\x03\0\0\0\0\0\0\0\0\0"sv;
        state->stage = 3;
        return true;
      default:
        return false;
    }
  };
}

}  // namespace cistern::lab
