// A strict check of one JSON value by RFC 8259. simdjson is faster and judges whole bodies; this
// one judges the elements of bodies that simdjson refuses, knows where the value ends, and allows
// numbers that fit no machine type, which simdjson does not.
#include "codec/json_scan.hpp"

#include <cstdint>
#include <vector>

namespace cistern::codec {
namespace {

class Validator {
 public:
  Validator(std::string_view text, std::size_t max_depth)
      : begin_(text.data()), at_(begin_), end_(begin_ + text.size()), max_depth_(max_depth) {}

  std::size_t run(std::string_view& problem) {
    while (value() && problem_.empty()) {
      if (after_value()) return static_cast<std::size_t>(at_ - begin_);
      if (!problem_.empty()) break;
    }
    problem = problem_;
    return 0;
  }

  [[nodiscard]] std::size_t read() const { return static_cast<std::size_t>(at_ - begin_); }

 private:
  bool fail(std::string_view problem) {
    problem_ = problem;
    return false;
  }

  void space() { at_ = skip_json_space(at_, end_); }

  bool open(char bracket) {
    if (open_.size() >= max_depth_) return fail("nested deeper than 128 levels");
    open_.push_back(bracket);
    ++at_;
    return true;
  }

  /// A scalar or an empty container, or the opening of containers down to the first of these.
  bool value() {
    for (;;) {
      space();
      if (at_ == end_) return fail("cut: the text ends inside the value");
      switch (*at_) {
        case '{':
          if (!open('{')) return false;
          space();
          if (at_ != end_ && *at_ == '}') return true;
          if (!key()) return false;
          continue;
        case '[':
          if (!open('[')) return false;
          space();
          if (at_ != end_ && *at_ == ']') return true;
          continue;
        case '"':
          return string();
        case 't':
          return word("true");
        case 'f':
          return word("false");
        case 'n':
          return word("null");
        default:
          return number();
      }
    }
  }

  /// Closes what ends here. True: the outermost value is complete. False without a problem: another
  /// value follows.
  bool after_value() {
    for (;;) {
      if (open_.empty()) return true;
      space();
      if (at_ == end_) return fail("cut: the text ends inside the value");
      const bool object = open_.back() == '{';
      if (*at_ == (object ? '}' : ']')) {
        open_.pop_back();
        ++at_;
        continue;
      }
      if (*at_ != ',') return fail("a comma or a closing bracket is missing");
      ++at_;
      if (object) {
        space();
        key();
      }
      return false;
    }
  }

  bool key() {
    if (at_ == end_) return fail("cut: the text ends inside the value");
    if (*at_ != '"') return fail("a member's name is not a string");
    if (!string()) return false;
    space();
    if (at_ == end_ || *at_ != ':') return fail("a colon is missing after a member's name");
    ++at_;
    return true;
  }

  bool string() {
    ++at_;
    while (at_ != end_) {
      const char c = *at_++;
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return fail("a control character in a string");
      if (c == '\\' && !escape()) return false;
    }
    return fail("cut: a string does not end");
  }

  bool escape() {
    if (at_ == end_) return fail("cut: a string does not end");
    const char c = *at_++;
    if (c == 'u') return unicode_escape();
    if (std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos) return true;
    return fail("an unknown escape in a string");
  }

  bool unicode_escape() {
    std::uint32_t first = 0;
    if (!hex4(first)) return fail("an unfinished Unicode escape in a string");
    if (first >= 0xDC00 && first < 0xE000) return fail("half of a surrogate pair in a string");
    if (first < 0xD800 || first >= 0xDC00) return true;
    std::uint32_t second = 0;
    if (end_ - at_ < 2 || at_[0] != '\\' || at_[1] != 'u') {
      return fail("half of a surrogate pair in a string");
    }
    at_ += 2;
    if (!hex4(second) || second < 0xDC00 || second >= 0xE000) {
      return fail("half of a surrogate pair in a string");
    }
    return true;
  }

  bool hex4(std::uint32_t& value) {
    for (int i = 0; i < 4; ++i, ++at_) {
      if (at_ == end_) return false;
      const char c = *at_;
      std::uint32_t digit = 0;
      if (c >= '0' && c <= '9') {
        digit = static_cast<std::uint32_t>(c - '0');
      } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
        digit = static_cast<std::uint32_t>((c | 0x20) - 'a' + 10);
      } else {
        return false;
      }
      value = value * 16 + digit;
    }
    return true;
  }

  bool word(std::string_view expected) {
    if (std::string_view(at_, static_cast<std::size_t>(end_ - at_)).substr(0, expected.size()) !=
        expected) {
      return fail("not a JSON value");
    }
    at_ += expected.size();
    return ends_here();
  }

  bool digits() {
    const char* const from = at_;
    while (at_ != end_ && *at_ >= '0' && *at_ <= '9')
      ++at_;
    return at_ != from;
  }

  bool number() {
    if (at_ != end_ && *at_ == '-') ++at_;
    if (at_ != end_ && *at_ == '0') {
      ++at_;
    } else if (!digits()) {
      return fail("not a JSON value");
    }
    if (at_ != end_ && *at_ == '.') {
      ++at_;
      if (!digits()) return fail("not a JSON number");
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
      ++at_;
      if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
      if (!digits()) return fail("not a JSON number");
    }
    return ends_here();
  }

  /// `truely` and `01` are no values followed by something else, but no values.
  bool ends_here() {
    if (at_ == end_) return true;
    const char c = *at_;
    const bool joined = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
                        c == '.' || c == '-' || c == '+' || c == '_' || c == '"';
    return joined ? fail("not a JSON value") : true;
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  std::size_t max_depth_;
  std::vector<char> open_;
  std::string_view problem_;
};

}  // namespace

std::size_t validate_json_prefix(std::string_view text, std::size_t max_depth,
                                 std::string_view& problem, std::size_t& read) {
  problem = {};
  Validator validator(text, max_depth);
  const std::size_t length = validator.run(problem);
  read = validator.read();
  return length;
}

}  // namespace cistern::codec
