#include "connectors/cisco_secure_email/file_source.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_secure_email {
namespace {

constexpr std::size_t kPiece = 1U << 20;
constexpr std::string_view kGzip = "\x1f\x8b";

class InboxSource final : public ByteSource {
 public:
  InboxSource(journal::Inbox& inbox, std::string id) : inbox_(inbox), id_(std::move(id)) {}
  Result<std::string> read(std::uint64_t offset, std::size_t size) override {
    return inbox_.read(id_, offset, size);
  }

 private:
  journal::Inbox& inbox_;
  std::string id_;
};

Failure cut_gzip() {
  return {.verdict = Verdict::set_aside,
          .code = "codec/damaged",
          .cause = "the gzip file ends too early",
          .consequence = "what stands before its end is stored",
          .next_step = "push the file again"};
}

Failure too_large(std::uint64_t most) {
  return {.verdict = Verdict::set_aside,
          .code = "cisco_secure_email/too-large",
          .cause = "the file holds more than " + std::to_string(most) + " bytes",
          .consequence = "what stands before that is stored, the rest is not",
          .next_step = "let the appliance roll its logs over at a smaller size, or raise max_file"};
}

}  // namespace

std::unique_ptr<ByteSource> make_inbox_source(journal::Inbox& inbox, std::string id) {
  return std::make_unique<InboxSource>(inbox, std::move(id));
}

/// The next block of the source, when the last one is used up.
Status PlainBytes::fill() {
  if (used_ < block_.size() || ended_) return {};
  auto bytes = source_.read(read_, journal::kInboxBlock);
  if (!bytes) return fail(bytes.error());
  block_ = std::move(*bytes);
  used_ = 0;
  read_ += block_.size();
  ended_ = block_.empty();
  if (!std::exchange(begun_, true) && block_.starts_with(kGzip))
    inflater_ = std::make_unique<codec::StreamInflater>();
  return {};
}

Result<std::string> PlainBytes::next() {
  if (auto status = fill(); !status) return fail(status.error());
  std::string piece;
  if (inflater_ != nullptr) {
    auto inflated = inflate();
    if (!inflated) return fail(inflated.error());
    piece = std::move(*inflated);
  } else {
    piece = block_.substr(used_, kPiece);
    used_ += piece.size();
  }
  offset_ += piece.size();
  if (offset_ > most_) return fail(too_large(most_));
  return piece;
}

Result<std::string> PlainBytes::inflate() {
  std::string piece;
  while (piece.empty()) {
    std::string_view input = std::string_view{block_}.substr(used_);
    if (auto status = inflater_->advance(input, piece, kPiece); !status)
      return fail(status.error());
    const std::size_t used = block_.size() - input.size();
    const bool idle = used == used_ && piece.empty();
    used_ = used;
    if (!piece.empty()) break;
    if (ended_) {
      if (!inflater_->at_end()) return fail(cut_gzip());
      return piece;
    }
    if (idle || used_ == block_.size()) {
      used_ = block_.size();
      if (auto status = fill(); !status) return fail(status.error());
    }
  }
  return piece;
}

Status PlainBytes::skip(std::uint64_t bytes) {
  if (auto status = fill(); !status) return status;
  if (inflater_ == nullptr) {
    const std::uint64_t ahead = block_.size() - used_;
    offset_ += bytes;
    if (bytes <= ahead) {
      used_ += static_cast<std::size_t>(bytes);
      return {};
    }
    read_ += bytes - ahead;
    // Whole blocks are read: those of the inbox are checked as such.
    const std::uint64_t into = read_ % journal::kInboxBlock;
    read_ -= into;
    block_.clear();
    used_ = 0;
    if (auto status = fill(); !status) return status;
    used_ = static_cast<std::size_t>(std::min<std::uint64_t>(into, block_.size()));
    return {};
  }
  while (bytes > 0) {
    std::string piece;
    const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, kPiece));
    std::string_view input = std::string_view{block_}.substr(used_);
    if (auto status = inflater_->advance(input, piece, most); !status) return status;
    used_ = block_.size() - input.size();
    offset_ += piece.size();
    bytes -= piece.size();
    if (!piece.empty()) continue;
    if (ended_) return fail(cut_gzip());
    used_ = block_.size();
    if (auto status = fill(); !status) return status;
  }
  return {};
}

}  // namespace cistern::connectors::cisco_secure_email
