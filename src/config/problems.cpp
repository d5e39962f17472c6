#include "base/bytes.hpp"
#include "base/utf8.hpp"
#include "config/loader.hpp"

#include <algorithm>

namespace cistern::config {
namespace {

constexpr std::size_t kMaxSentence = 2000;

struct Colours {
  std::string_view error, warning, place, caret, off;
};
constexpr Colours kColours{"\x1b[1;31m", "\x1b[1;33m", "\x1b[1m", "\x1b[1;32m", "\x1b[0m"};
constexpr Colours kNoColours{};

std::vector<char32_t> characters_of(std::string_view text) {
  std::vector<char32_t> out;
  while (!text.empty()) {
    const CodePoint point = decode_code_point(text);
    out.push_back(point.size == 0 ? U'.' : point.value);
    text.remove_prefix(std::max<std::size_t>(1, point.size));
  }
  return out;
}

char32_t closing(char32_t opening) {
  switch (opening) {
    case U'{':
      return U'}';
    case U'[':
      return U']';
    case U'"':
    case U'\'':
      return opening;
    default:
      return 0;
  }
}

/// Characters that the caret marks: a bracket or quote with what it holds, else a word.
std::size_t marked_length(const std::vector<char32_t>& line, std::size_t from) {
  if (from >= line.size()) return 1;
  const auto begin = line.begin() + static_cast<std::ptrdiff_t>(from);
  if (const char32_t end = closing(*begin)) {
    const auto found = std::find(begin + 1, line.end(), end);
    return found == line.end() ? 1 : static_cast<std::size_t>(found - begin) + 1;
  }
  const bool reference = line.end() - begin > 1 && begin[0] == U'$' && begin[1] == U'{';
  if (reference) {
    const auto found = std::find(begin, line.end(), U'}');
    if (found != line.end()) return static_cast<std::size_t>(found - begin) + 1;
  }
  const std::u32string_view ends = U" ,]}";
  auto at = begin;
  while (at != line.end() && ends.find(*at) == std::u32string_view::npos) {
    const bool key_ends = *at == U':' && (at + 1 == line.end() || at[1] == U' ');
    if (key_ends) break;
    ++at;
  }
  return std::max<std::size_t>(1, static_cast<std::size_t>(at - begin));
}

void append_source(std::string& out, const Problem& problem, const Colours& colours) {
  if (problem.source_line.empty() || problem.place.line <= 0) return;
  const std::string number = std::to_string(problem.place.line);
  const auto line = characters_of(problem.source_line);
  const auto from = std::min<std::size_t>(
      static_cast<std::size_t>(std::max(problem.place.column, 1)) - 1, line.size());
  out += "  " + number + " | " + excerpt(problem.source_line, kMaxSentence) + "\n";
  out += "  " + std::string(number.size(), ' ') + " | " + std::string(from, ' ');
  out += colours.caret;
  out += std::string(marked_length(line, from), '^');
  out += colours.off;
  out += '\n';
}

void append_problem(std::string& out, const Problem& problem, const Colours& colours) {
  const bool is_error = problem.severity == Problem::Severity::error;
  out += is_error ? colours.error : colours.warning;
  out += is_error ? "error" : "warning";
  out += colours.off;
  out += ": ";
  if (!problem.place.file.empty()) {
    out += colours.place;
    out += excerpt(problem.place.text(), kMaxSentence);
    out += colours.off;
    out += ": ";
  }
  out += excerpt(problem.what, kMaxSentence) + "\n";
  append_source(out, problem, colours);
  if (!problem.next_step.empty())
    out += "  next step: " + excerpt(problem.next_step, kMaxSentence) + "\n";
}

}  // namespace

std::string render(const std::vector<Problem>& problems, bool colour) {
  std::string out;
  for (const Problem& problem : problems)
    append_problem(out, problem, colour ? kColours : kNoColours);
  return out;
}

}  // namespace cistern::config
