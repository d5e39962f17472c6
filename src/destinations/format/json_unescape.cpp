#include "destinations/format/json_unescape.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace cistern::destinations {
namespace {

constexpr std::uint32_t kReplacement = 0xfffd;

void append_utf8(std::string& out, std::uint32_t point) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xc0 | point >> 6);
    put(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    put(0xe0 | point >> 12);
    put(0x80 | (point >> 6 & 0x3f));
    put(0x80 | (point & 0x3f));
  } else {
    put(0xf0 | point >> 18);
    put(0x80 | (point >> 12 & 0x3f));
    put(0x80 | (point >> 6 & 0x3f));
    put(0x80 | (point & 0x3f));
  }
}

/// The number in `\uXXXX` at the start of the text.
std::optional<std::uint32_t> unit(std::string_view text) {
  if (text.size() < 6 || !text.starts_with("\\u")) return std::nullopt;
  std::uint32_t value = 0;
  const char* const end = text.data() + 6;
  const auto [stop, error] = std::from_chars(text.data() + 2, end, value, 16);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

bool is_high(std::uint32_t value) {
  return value >= 0xd800 && value < 0xdc00;
}
bool is_low(std::uint32_t value) {
  return value >= 0xdc00 && value < 0xe000;
}

/// Appends what the `\u` at the start stands for; returns how many bytes of the text it took.
std::size_t append_unit(std::string& out, std::string_view text) {
  const auto first = unit(text);
  if (!first) {
    out += text.front();
    return 1;
  }
  if (is_high(*first)) {
    const auto second = unit(text.substr(6));
    if (second && is_low(*second)) {
      append_utf8(out, 0x10000 + ((*first - 0xd800) << 10) + (*second - 0xdc00));
      return 12;
    }
  }
  append_utf8(out, is_high(*first) || is_low(*first) ? kReplacement : *first);
  return 6;
}

char simple_escape(char letter) {
  switch (letter) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    default:
      return letter;
  }
}

}  // namespace

void append_unescaped(std::string& out, std::string_view escaped) {
  while (!escaped.empty()) {
    const std::size_t plain = std::min(escaped.find('\\'), escaped.size());
    out += escaped.substr(0, plain);
    escaped.remove_prefix(plain);
    if (escaped.empty()) return;
    if (escaped.size() > 1 && escaped[1] == 'u') {
      escaped.remove_prefix(append_unit(out, escaped));
      continue;
    }
    if (escaped.size() == 1) {
      out += '\\';
      return;
    }
    out += simple_escape(escaped[1]);
    escaped.remove_prefix(2);
  }
}

}  // namespace cistern::destinations
