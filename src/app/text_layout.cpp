#include "app/text_layout.hpp"

#include <algorithm>

#include <sys/ioctl.h>
#include <unistd.h>

namespace cistern::app {
namespace {

constexpr std::size_t kLeastWidth = 40;

/// Columns on the screen: bytes that do not continue a UTF-8 character.
std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

}  // namespace

std::string hanging(std::string_view label, std::string_view text, std::size_t indent,
                    std::size_t width) {
  std::string out{label};
  out.append(indent - std::min(columns_of(label), indent), ' ');
  std::size_t column = std::max(columns_of(label), indent);
  bool first = true;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    const std::size_t length = columns_of(word);
    if (!first && column + 1 + length > width) {
      out.append("\n").append(indent, ' ');
      column = indent;
      first = true;
    }
    if (!first) {
      out += ' ';
      ++column;
    }
    out += word;
    column += length;
    first = false;
  }
  return out;
}

std::size_t page_width() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kPageWidth;
  return std::clamp<std::size_t>(size.ws_col, kLeastWidth, kPageWidth);
}

}  // namespace cistern::app
