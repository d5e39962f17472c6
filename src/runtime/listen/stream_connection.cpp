#include "runtime/listen/stream_connection.hpp"

#include <utility>

namespace cistern::runtime {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr int kReadsOfTurn = 4;
/// What waits for the rest of its message is copied to where that rest is read, so that both stand
/// together. Beyond this size it stays where it is and grows, or the copying would cost more than
/// the reading.
constexpr std::size_t kCopied = 8 * 1024;
constexpr std::size_t kMostOut = 1U << 20;

}  // namespace

StreamConnection::Turn StreamConnection::read(ListenBatch& batch) {
  for (int reads = 0; reads < kReadsOfTurn; ++reads) {
    if (!wants_read()) return Turn::waiting;
    const auto arrived = read_some(batch);
    if (!arrived || arrived->ended) return Turn::ended;
    if (arrived->bytes == 0) return Turn::waiting;
    // Fewer than asked for: nothing more is there, but what TLS holds back.
    if (arrived->bytes < kReadBytes / 4 && !stream_->holds_bytes()) return Turn::waiting;
  }
  return Turn::more;
}

Result<net::ServerStream::Arrived> StreamConnection::read_some(ListenBatch& batch) {
  const std::size_t before = pending_.size();
  if (before <= kCopied) {
    char* const place = batch.reserve(before + kReadBytes);
    const auto arrived = stream_->read_some({place + before, kReadBytes});
    if (!arrived || arrived->bytes == 0) return arrived;
    pending_.copy(place, before);
    const std::string_view all = batch.take(before + arrived->bytes);
    pending_.assign(all.substr(show(all, batch)));
    return arrived;
  }
  pending_.resize(before + kReadBytes);
  const auto arrived = stream_->read_some({pending_.data() + before, kReadBytes});
  pending_.resize(before + (arrived ? arrived->bytes : 0));
  if (!arrived || arrived->bytes == 0) return arrived;
  const auto whole = std::make_shared<std::string>(std::move(pending_));
  const std::size_t records = batch.records().size();
  const std::size_t used = show(*whole, batch);
  if (used == 0 && batch.records().size() == records) {
    pending_ = std::move(*whole);
    return arrived;
  }
  pending_.assign(*whole, used);
  if (batch.records().size() > records) batch.own(whole, whole->capacity());
  return arrived;
}

std::size_t StreamConnection::show(std::string_view bytes, ListenBatch& batch) {
  const std::size_t used = session_->arrived(bytes, batch);
  // A session that leaves more than it may will never use it.
  if (bytes.size() - used > most_pending_ + kReadBytes) {
    closing_ = true;
    return bytes.size();
  }
  return used;
}

void StreamConnection::write(std::string_view bytes) {
  if (out_.size() + bytes.size() > kMostOut) {
    overdrawn_ = true;
    return;
  }
  out_ += bytes;
}

bool StreamConnection::flush() {
  while (!out_.empty()) {
    const auto sent = stream_->write_some(out_);
    if (!sent) return false;
    if (*sent == 0) return true;
    out_.erase(0, *sent);
  }
  return !closing_;
}

void StreamConnection::end(ListenBatch& batch) {
  if (std::exchange(ended_, true) || session_ == nullptr) return;
  // Copied, because the records outlive the connection.
  session_->ended(batch.keep(pending_), batch);
  pending_.clear();
}

}  // namespace cistern::runtime
