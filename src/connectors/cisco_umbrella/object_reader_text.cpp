#include "connectors/cisco_umbrella/object_reader_text.hpp"

#include "codec/compress.hpp"
#include "connectors/cisco_umbrella/object_reader.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_umbrella {
namespace {

/// What is there whole and expands to no more is expanded at once, which is twice as fast.
constexpr std::uint64_t kMostAtOnce = std::uint64_t{16} << 20;
constexpr unsigned char kGzip = 0x1F;
constexpr std::size_t kLeastGzip = 18;

/// What the last member says of its size; a hint only.
std::uint64_t claimed_size(std::string_view gzip) {
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto byte = static_cast<unsigned char>(gzip[gzip.size() - 4 + i]);
    size |= std::uint64_t{byte} << (8 * i);
  }
  return size;
}

}  // namespace

void ObjectText::add(std::string piece, bool last) {
  piece_ = std::move(piece);
  left_ = piece_;
  last_ = last;
  compressed_ += piece_.size();
  if (form_ != Form::unknown || left_.empty()) return;
  const bool gzip = static_cast<unsigned char>(left_.front()) == kGzip;
  form_ = gzip ? Form::gzip : Form::plain;
}

bool ObjectText::expand_at_once(std::string& text) {
  const bool whole = last_ && !inflater_ && left_.size() == compressed_ && text.empty();
  if (!whole || left_.size() < kLeastGzip || claimed_size(left_) > kMostAtOnce) return false;
  auto expanded = codec::gunzip(left_, std::min(kMostAtOnce, max_expanded_));
  // A broken one gives the rows before the damage on the other way.
  if (!expanded) return false;
  expanded_ = expanded->size();
  text = std::move(*expanded);
  left_ = {};
  inflater_.emplace();
  check_bounds();
  return true;
}

ObjectText::Got ObjectText::expand(std::string& text, std::size_t size) {
  while (!failure_ && (!left_.empty() || pending_) && text.size() < size) {
    if (form_ == Form::plain) {
      copy(text, size - text.size());
    } else if (!expand_at_once(text)) {
      inflate(text, size - text.size());
    }
  }
  if (failure_) return Got::failed;
  if (!left_.empty() || pending_) return Got::text;
  if (!last_) return text.size() < size ? Got::nothing : Got::text;
  if (!inflater_ || inflater_->at_end()) return Got::end;
  fail_with("object-cut", "its bytes end in the middle of the gzip data",
            "none is needed if the object is read whole later; else download it with an S3 client "
            "and test it with `gzip -t`: the vendor has uploaded it incomplete");
  return Got::failed;
}

void ObjectText::inflate(std::string& text, std::size_t most) {
  if (!inflater_) inflater_.emplace();
  // Zeros behind a member are padding.
  if (inflater_->at_end() && compressed_ > left_.size()) {
    left_.remove_prefix(std::min(left_.find_first_not_of('\0'), left_.size()));
    if (left_.empty()) return;
  }
  const std::size_t before = text.size();
  const std::size_t offered = left_.size();
  const Status status = inflater_->advance(left_, text, most);
  expanded_ += text.size() - before;
  if (!status) {
    fail_with("object-damaged", status.error().cause,
              "download the object with an S3 client and test it with `gzip -t`; if it is broken "
              "there too, ask the vendor for it");
    return;
  }
  check_bounds();
  // It may have taken all of the piece in and still owe some of the text.
  pending_ = text.size() - before == most && !inflater_->at_end();
  if (text.size() == before && left_.size() == offered) left_ = {};
}

void ObjectText::copy(std::string& text, std::size_t most) {
  const std::string_view next = left_.substr(0, most);
  text.append(next);
  left_.remove_prefix(next.size());
  expanded_ += next.size();
  check_bounds();
}

void ObjectText::check_bounds() {
  const bool bomb =
      form_ == Form::gzip && expanded_ > kFreeExpansion && expanded_ / kMaxExpansion > compressed_;
  if (!bomb && expanded_ <= max_expanded_) return;
  fail_with("object-too-large",
            "it expands to more than " + (bomb ? std::to_string(kMaxExpansion) + " times its size"
                                               : std::to_string(max_expanded_) + " bytes"),
            "download the object with an S3 client and look at what it holds; a log is not that "
            "large");
}

void ObjectText::fail_with(std::string_view code, const std::string& cause, std::string next_step) {
  failure_ = Failure{.verdict = Verdict::set_aside,
                     .code = "cisco_umbrella/" + std::string(code),
                     .cause = "the object " + name_ + " cannot be read on: " + cause,
                     .consequence = "the rows before that place are stored, those behind it not",
                     .next_step = std::move(next_step)};
}

}  // namespace cistern::connectors::cisco_umbrella
