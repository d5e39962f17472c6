#include "config/roff.hpp"

#include <algorithm>

namespace cistern::config {
namespace {

/// A character that the language, or a terminal font, would turn into another one.
std::string escaped(char c) {
  switch (c) {
    case '\\':
      return "\\e";
    case '-':
      return "\\-";
    case '~':
      return "\\(ti";
    case '^':
      return "\\(ha";
    case '\'':
      return "\\(aq";
    case '"':
      return "\\(dq";
    case '`':
      return "\\(ga";
    default:
      return std::string(1, c);
  }
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += escaped(c);
  return out;
}

/// A line that begins with a full stop would be a request; a quote is escaped already.
std::string guarded(const std::string& line) {
  return line.starts_with('.') ? "\\&" + line : line;
}

}  // namespace

std::string roff_text(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto open = text.find('`');
    const auto close = open == std::string_view::npos ? open : text.find('`', open + 1);
    if (close == std::string_view::npos) {
      out += escaped(text);
      break;
    }
    out += escaped(text.substr(0, open)) + "\\fB" +
           escaped(text.substr(open + 1, close - open - 1)) + "\\fR";
    text.remove_prefix(close + 1);
  }
  for (auto& c : out)
    if (c == '\n') c = ' ';
  return guarded(out) + "\n";
}

std::string roff_argument(std::string_view text) {
  return "\"" + escaped(text) + "\"";
}

std::string roff_lines(std::string_view text) {
  std::string out = ".nf\n";
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    // An empty line is no empty line in this language but a request for space.
    out += end == 0 ? ".sp\n" : guarded(escaped(text.substr(0, end))) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out + ".fi\n";
}

std::string roff_head(std::string_view title, int section, std::string_view version,
                      std::string_view name, std::string_view summary) {
  return ".TH " + roff_argument(title) + " " + std::to_string(section) + " \"\" " +
         roff_argument("cistern " + std::string{version}) + " \"cistern\"\n.SH NAME\n" +
         escaped(name) + " \\- " + escaped(summary) + "\n";
}

}  // namespace cistern::config
