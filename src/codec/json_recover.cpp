#include "codec/json_recover.hpp"

#include "codec/json.hpp"
#include "codec/json_scan.hpp"

#include <vector>

namespace cistern::codec {
namespace {

constexpr std::size_t kDepth = static_cast<std::size_t>(kMaxJsonDepth);
constexpr std::string_view kNotClosed = "the array is not closed: the body was cut";
constexpr std::size_t kFirstStretch = 64UL * 1024;
constexpr int kSoundNeighbours = 16;
constexpr std::string_view kTrailing = "text after the end of the array";

class Recovery {
 public:
  Recovery(std::string_view array, const ElementSink& sink)
      : at_(array.data() + 1),
        end_(array.data() + array.size()),
        // Each search for the next sound record reads ahead; a body made to fail in every record
        // must not cost more than a few passes over it.
        budget_(array.size() * 16 + 16 * kFirstStretch),
        sink_(sink) {}

  std::string_view run() {
    for (;;) {
      while (at_ != end_ && (*at_ == ',' || skip_json_space(at_, at_ + 1) != at_))
        ++at_;
      if (at_ == end_) return kNotClosed;
      if (*at_ == ']') return finish();
      if (++elements_ > kMaxElements) {
        sink_(rest(), "more than 10000000 elements in one body");
        return "more than 10000000 elements in one body";
      }
      one_element();
    }
  }

 private:
  [[nodiscard]] std::string_view rest() const {
    return {at_, static_cast<std::size_t>(end_ - at_)};
  }

  std::string_view finish() {
    ++at_;
    at_ = skip_json_space(at_, end_);
    if (at_ == end_) return {};
    sink_(rest(), kTrailing);
    return kTrailing;
  }

  void hand_over(const char* to, std::string_view problem) {
    const char* last = to;
    while (last != at_ && skip_json_space(last - 1, last) == last)
      --last;
    sink_({at_, static_cast<std::size_t>(last - at_)}, problem);
    at_ = to;
  }

  void one_element() {
    std::string_view problem;
    std::size_t read = 0;
    const std::size_t length = validate_json_prefix(rest(), kDepth, problem, read);
    if (length > 0 && ends_element(at_ + length)) {
      hand_over(at_ + length, {});
      return;
    }
    if (length > 0) problem = "text after the end of the value";
    hand_over(end_of_broken(), problem);
  }

  /// Looks for the end of a broken element in growing stretches, so that the search costs no more
  /// than a multiple of what it crosses, however many records are broken.
  const char* end_of_broken() {
    for (std::size_t stretch = kFirstStretch; budget_ > 0; stretch *= 8) {
      const bool all = stretch >= rest().size();
      const char* const limit = all ? end_ : at_ + stretch;
      if (const char* const by_brackets = delimit(limit)) return by_brackets;
      if (const char* const next = next_sound_record(limit)) return next;
      if (all) break;
    }
    return end_;
  }

  /// Whether an element may end here: a comma, the end of the array, the next record (whose comma
  /// is missing), or the end of a cut body.
  [[nodiscard]] bool ends_element(const char* at) const {
    at = skip_json_space(at, end_);
    return at == end_ || *at == ',' || *at == ']' || *at == '{';
  }

  /// Behind a lost quote inside and outside are exchanged, and words stand where none may.
  [[nodiscard]] bool may_follow_string(const char* at) const {
    at = skip_json_space(at, end_);
    return at == end_ || *at == ':' || *at == ',' || *at == '}' || *at == ']';
  }

  /// The end of the element by strings and matching brackets, or null where these do not close
  /// before `limit`.
  const char* delimit(const char* limit) {
    open_.clear();
    const char* at = at_;
    while (at != limit) {
      const char c = *at;
      if (open_.empty() && (c == ',' || c == ']')) return at;
      if (c == '"') {
        at = skip_json_string(at, limit);
        if (at == nullptr || !may_follow_string(at)) break;
        continue;
      }
      if (c == '{' || c == '[') {
        open_.push_back(c == '{' ? '}' : ']');
      } else if (c == '}' || c == ']') {
        if (open_.empty() || open_.back() != c) break;
        open_.pop_back();
        if (open_.empty() && ends_element(at + 1)) return at + 1;
        if (open_.empty()) break;
      }
      ++at;
    }
    spend(static_cast<std::size_t>((at == nullptr ? limit : at) - at_));
    return nullptr;
  }

  /// A lost quote or bracket hides the end of the element. The next place that looks like the
  /// border of two records ("}," before "{") counts if a sound record begins there and the array
  /// goes on soundly behind it; the border of two objects in a list inside the broken record does
  /// not.
  const char* next_sound_record(const char* limit) {
    for (const char* at = at_; at != limit && budget_ > 0; ++at) {
      if (*at != '}') continue;
      const char* next = skip_json_space(at + 1, end_);
      if (next == end_ || *next != ',') continue;
      next = skip_json_space(next + 1, end_);
      if (next != end_ && *next == '{' && goes_on_soundly(next)) {
        return at + 1;
      }
    }
    spend(static_cast<std::size_t>(limit - at_));
    return nullptr;
  }

  bool goes_on_soundly(const char* at) {
    for (int sound = 0; sound < kSoundNeighbours; ++sound) {
      std::string_view problem;
      std::size_t read = 0;
      const std::string_view left(at, static_cast<std::size_t>(end_ - at));
      const std::size_t length =
          validate_json_prefix(left.substr(0, budget_), kDepth, problem, read);
      spend(read);
      // A broken record later on is no argument against the border in question.
      if (length == 0) return sound > 0 && *at == '{';
      at = skip_json_space(at + length, end_);
      if (at == end_) return true;
      if (*at == ']') return skip_json_space(at + 1, end_) == end_;
      if (*at != ',') return false;
      at = skip_json_space(at + 1, end_);
      if (at == end_) return true;
    }
    return true;
  }

  void spend(std::size_t bytes) { budget_ -= bytes < budget_ ? bytes : budget_; }

  const char* at_;
  const char* end_;
  std::size_t budget_;
  const ElementSink& sink_;
  std::size_t elements_ = 0;
  std::vector<char> open_;
};

}  // namespace

std::string_view recover_elements(std::string_view array, const ElementSink& sink) {
  return Recovery(array, sink).run();
}

}  // namespace cistern::codec
