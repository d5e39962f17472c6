#include "app/output.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <unistd.h>

namespace cistern::app {
namespace {

constexpr std::size_t kWidestCell = 60;

std::string_view code_of(Tone tone) {
  switch (tone) {
    case Tone::good:
      return "\033[32m";
    case Tone::warn:
      return "\033[33m";
    case Tone::bad:
      return "\033[31m";
    case Tone::dim:
      return "\033[2m";
    case Tone::bold:
      return "\033[1m";
    case Tone::plain:
      break;
  }
  return {};
}

std::string tone(std::string_view text, Tone tone, bool colour) {
  const auto code = code_of(tone);
  if (!colour || code.empty()) return std::string{text};
  return std::string{code} + std::string{text} + "\033[0m";
}

/// Columns on the screen: bytes that do not continue a UTF-8 character.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string cut_to(std::string_view text, std::size_t width) {
  if (width_of(text) <= width) return std::string{text};
  std::size_t end = 0;
  for (std::size_t seen = 0; end < text.size(); ++end) {
    if ((static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U && ++seen == width) break;
  }
  return std::string{text.substr(0, end)} + "…";
}

}  // namespace

Output::Output()
    : terminal_(isatty(STDOUT_FILENO) == 1),
      colour_(terminal_ && std::getenv("NO_COLOR") == nullptr),
      error_colour_(isatty(STDERR_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr) {}

void Output::print(std::string_view text) const {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void Output::line(std::string_view text) const {
  std::string whole{text};
  whole += '\n';
  print(whole);
}

bool Output::open() const {
  return std::ferror(stdout) == 0;
}

void Output::note(std::string_view text) const {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
}

ExitCode Output::failure(const Failure& failure, ExitCode code) const {
  note(tone("error " + failure.code + ":", Tone::bad, error_colour_) + " " + failure.cause);
  if (!failure.consequence.empty()) note("  consequence: " + failure.consequence);
  if (!failure.next_step.empty()) note("  next step:   " + failure.next_step);
  return code;
}

std::string Output::toned(std::string_view text, Tone wanted) const {
  return tone(text, wanted, colour_);
}

std::string Table::text(const Output& output) const {
  std::vector<std::size_t> widths(rows_.front().size(), 0);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size() && i + 1 < widths.size(); ++i) {
      widths[i] = std::max(widths[i], std::min(width_of(row[i]), kWidestCell));
    }
  }
  std::string out;
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < rows_[r].size(); ++i) {
      const bool last = i + 1 == rows_[r].size();
      const auto cell = last ? rows_[r][i] : cut_to(rows_[r][i], kWidestCell);
      line += cell;
      if (!last) line.append(widths[i] + 2 - std::min(width_of(cell), widths[i]), ' ');
    }
    out += r == 0 ? output.toned(line, Tone::bold) : line;
    out += '\n';
  }
  return out;
}

std::string grouped(std::uint64_t number) {
  auto text = std::to_string(number);
  for (auto place = static_cast<std::ptrdiff_t>(text.size()) - 3; place > 0; place -= 3) {
    text.insert(static_cast<std::size_t>(place), ",");
  }
  return text;
}

}  // namespace cistern::app
