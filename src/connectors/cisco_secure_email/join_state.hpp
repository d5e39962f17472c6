// How what is joined stands in the store: numbers and texts one after the other, as text.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace cistern::connectors::cisco_secure_email {

/// `12;` for a number, `5:hello` for a text.
class StateWriter {
 public:
  explicit StateWriter(std::string& out) : out_(out) {}
  StateWriter& number(std::int64_t value) {
    put(value);
    out_ += ';';
    return *this;
  }
  StateWriter& count(std::uint64_t value) { return number(static_cast<std::int64_t>(value)); }
  StateWriter& text(std::string_view value) {
    put(static_cast<std::int64_t>(value.size()));
    out_ += ':';
    out_ += value;
    return *this;
  }

 private:
  void put(std::int64_t value) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value);
    out_.append(digits, end.ptr);
  }
  std::string& out_;
};

/// Reads what StateWriter wrote. After the first thing that is not so, everything is 0 and empty.
class StateReader {
 public:
  explicit StateReader(std::string_view text) : rest_(text) {}
  std::int64_t number() { return take(';'); }
  std::uint64_t count() { return static_cast<std::uint64_t>(number()); }
  std::string_view text() {
    const std::int64_t size = take(':');
    if (!sound_ || size < 0 || static_cast<std::uint64_t>(size) > rest_.size()) return refuse();
    const auto value = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(value.size());
    return value;
  }
  [[nodiscard]] bool sound() const { return sound_; }
  [[nodiscard]] bool at_end() const { return sound_ && rest_.empty(); }

 private:
  std::int64_t take(char end) {
    std::int64_t value = 0;
    const auto read = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    const auto used = static_cast<std::size_t>(read.ptr - rest_.data());
    if (read.ec != std::errc{} || used >= rest_.size() || rest_[used] != end) {
      refuse();
      return 0;
    }
    rest_.remove_prefix(used + 1);
    return value;
  }
  std::string_view refuse() {
    sound_ = false;
    rest_ = {};
    return {};
  }
  std::string_view rest_;
  bool sound_ = true;
};

}  // namespace cistern::connectors::cisco_secure_email
