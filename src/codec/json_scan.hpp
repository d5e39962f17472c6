// Walking over JSON that is already known to be valid, without a tree and without copies. Every
// function is bounds-checked, so damaged bytes end a walk early but never lead outside the text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cistern::codec {

/// The first byte at or after `at` that is not JSON white space. In the header because it stands
/// between any two tokens, and mostly there is none.
inline const char* skip_json_space(const char* at, const char* end) {
  while (at != end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
    ++at;
  return at;
}

/// `at` is the opening quote. One past the closing quote, or null if the string does not end.
const char* skip_json_string(const char* at, const char* end);

/// One past the value that begins at `at`, or null if it is cut. Containers are crossed by counting
/// brackets outside strings; their inside is not checked.
const char* skip_json_value(const char* at, const char* end);

/// As skip_json_value; `depth` becomes the deepest nesting of brackets met (0 for a scalar).
const char* skip_json_value(const char* at, const char* end, std::size_t& depth);

/// Appends what stands between the quotes of a JSON string, with its escapes resolved. A half of a
/// surrogate pair becomes U+FFFD, so the result is UTF-8 whenever the input is.
void append_unescaped(std::string& out, std::string_view inside);

/// Walks the members of one object. After construction and after each next(), `valid()` tells
/// whether key and value may be read.
class JsonMembers {
 public:
  /// `json` begins with '{' (after white space).
  explicit JsonMembers(std::string_view json);
  /// False: no further member. A damaged object ends early with damaged() true.
  bool next();
  [[nodiscard]] bool damaged() const { return damaged_; }
  /// Between the quotes, escapes as they stand.
  [[nodiscard]] std::string_view key() const { return key_; }
  /// The raw value without surrounding white space.
  [[nodiscard]] std::string_view value() const { return value_; }
  /// Whether a value that is a string holds an escape; meaningless for other values.
  [[nodiscard]] bool escaped() const { return escaped_; }
  /// From the key's opening quote to the end of the value.
  [[nodiscard]] std::string_view member() const {
    return {key_.data() - 1,
            static_cast<std::size_t>(value_.data() + value_.size() - key_.data() + 1)};
  }
  /// What follows the object's closing brace; only meaningful after the last member.
  [[nodiscard]] std::string_view rest() const {
    return {at_, static_cast<std::size_t>(end_ - at_)};
  }

 private:
  bool stop(bool damaged);
  const char* at_;
  const char* end_;
  std::string_view key_;
  std::string_view value_;
  bool escaped_ = false;
  bool first_ = true;
  bool done_ = false;
  bool damaged_ = false;
};

/// Walks the elements of one array; as JsonMembers.
class JsonElements {
 public:
  explicit JsonElements(std::string_view json);
  bool next();
  [[nodiscard]] bool damaged() const { return damaged_; }
  [[nodiscard]] std::string_view value() const { return value_; }

 private:
  bool stop(bool damaged);
  const char* at_;
  const char* end_;
  std::string_view value_;
  bool first_ = true;
  bool done_ = false;
  bool damaged_ = false;
};

/// Length of the valid JSON value at the start of `text`, or 0 and in `problem` why it is not one.
/// Checks the whole grammar, escapes, control characters and depth, but not UTF-8 (see
/// simdjson::validate_utf8): numbers of any size are allowed. `read` becomes the number of bytes
/// looked at, also where the value is not valid.
std::size_t validate_json_prefix(std::string_view text, std::size_t max_depth,
                                 std::string_view& problem, std::size_t& read);

}  // namespace cistern::codec
