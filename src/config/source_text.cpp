#include "config/source_text.hpp"

#include "base/bytes.hpp"
#include "base/utf8.hpp"

#include <algorithm>

namespace cistern::config {
namespace {

constexpr std::size_t kMaxShownLine = 240;

bool is_name_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

/// One asterisk for each character; blanks at the ends stay, so that indentation is kept.
std::string masked(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return std::string{text};
  const std::size_t last = text.find_last_not_of(" \t");
  std::string out{text.substr(0, first)};
  for (const char c : text.substr(first, last + 1 - first))
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) out += '*';
  out += text.substr(last + 1);
  return out;
}

/// A value that may be shown, without what may not: a comment behind it, and the user and password
/// in front of the host of a URL.
std::string shown(std::string_view text) {
  const std::size_t comment = text.find(" #");
  if (comment != std::string_view::npos)
    return shown(text.substr(0, comment)) + masked(text.substr(comment));
  const std::size_t scheme = text.find("://");
  const std::size_t at = text.rfind('@');
  if (scheme == std::string_view::npos || at == std::string_view::npos || at < scheme)
    return std::string{text};
  const std::size_t user = scheme + 3;
  return std::string{text.substr(0, user)} + masked(text.substr(user, at - user)) +
         std::string{text.substr(at)};
}

}  // namespace

SourceText::SourceText(std::string_view text, std::set<std::string, std::less<>> known_names)
    : text_(text), known_names_(std::move(known_names)) {
  line_starts_.push_back(0);
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\n') line_starts_.push_back(i + 1);
}

void SourceText::set_scalars(std::vector<Mark> scalars) {
  shown_.assign(scalars.size(), false);
  scalars_ = std::move(scalars);
}

void SourceText::show(const YamlNode& node) {
  if (node.scalar < shown_.size()) shown_[node.scalar] = true;
}

std::string_view SourceText::raw_line(std::size_t number) const {
  if (number >= line_starts_.size()) return {};
  const std::size_t begin = line_starts_[number];
  return text_.substr(begin, text_.find('\n', begin) - begin);
}

/// For a text whose structure is unknown because it is no YAML. A name that is not known may be a
/// piece of a secret over several lines.
std::string SourceText::masked_but_for_name(std::string_view line) const {
  const std::size_t begin = line.find_first_not_of(" \t-");
  if (begin == std::string_view::npos) return {};
  std::size_t end = begin;
  while (end < line.size() && is_name_letter(line[end]))
    ++end;
  const bool is_key = end < line.size() && line[end] == ':';
  if (!is_key || !known_names_.contains(line.substr(begin, end - begin))) return {};
  return std::string{line.substr(0, end + 1)} + masked(line.substr(end + 1));
}

std::string SourceText::masked_by_values(std::size_t number) const {
  const std::string_view whole = raw_line(number);
  // A value reaches to the start of the next one, also over lines. The first that matters here is
  // the last one that begins before this line.
  auto next = std::lower_bound(scalars_.begin(), scalars_.end(), number,
                               [](const Mark& mark, std::size_t line) { return mark.line < line; });
  std::string out;
  std::size_t at = 0;
  const auto append = [&](std::size_t end, bool visible) {
    const std::string_view part = whole.substr(at, end - at);
    out += visible ? shown(part) : masked(part);
    at = end;
  };
  const auto is_shown = [&](auto mark) {
    return shown_[static_cast<std::size_t>(mark - scalars_.begin())];
  };
  for (bool visible = next == scalars_.begin() || is_shown(next - 1);
       at < whole.size() || next != scalars_.end(); ++next) {
    const bool ends_here = next == scalars_.end() || next->line != number;
    append(ends_here ? whole.size() : std::clamp(next->column, at, whole.size()), visible);
    if (ends_here) break;
    visible = is_shown(next);
  }
  return out;
}

std::string SourceText::line(std::size_t number) const {
  std::string text =
      scalars_.empty() ? masked_but_for_name(raw_line(number)) : masked_by_values(number);
  std::replace(text.begin(), text.end(), '\t', ' ');
  std::string safe = excerpt(text, kMaxShownLine);
  if (safe.find_first_not_of(" *.") == std::string::npos) return {};
  return safe;
}

int SourceText::column(Mark mark) const {
  const std::string_view before = raw_line(mark.line).substr(0, mark.column);
  const auto characters = std::count_if(before.begin(), before.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  });
  return static_cast<int>(std::min<std::ptrdiff_t>(characters, 1'000'000)) + 1;
}

}  // namespace cistern::config
