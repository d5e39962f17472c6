#include "config/file_text.hpp"

#include "base/utf8.hpp"

namespace cistern::config {
namespace {

bool is_allowed_control(char32_t c) {
  return c == '\n' || c == '\t' || c == '\r';
}

std::string with_unix_line_ends(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (bytes[i] != '\r' || i + 1 == bytes.size() || bytes[i + 1] != '\n') text += bytes[i];
  return text;
}

/// The first character that no text editor would have written.
std::optional<YamlError> find_stray_byte(std::string_view text) {
  Mark mark;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = decode_code_point(text.substr(at));
    if (point.size == 0)
      return YamlError{mark, "the file is not UTF-8 text here", "save it with the encoding UTF-8"};
    if (point.value == 0x7F || (point.value < 0x20 && !is_allowed_control(point.value)))
      return YamlError{mark, "there is a control character here",
                       "remove it; only line breaks and blanks are allowed"};
    at += point.size;
    mark.column += point.size;
    if (point.value == '\n') mark = {mark.line + 1, 0};
  }
  return std::nullopt;
}

}  // namespace

FileText clean_text(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF"))
    return {{}, YamlError{{}, "the file is UTF-16 text", "save it with the encoding UTF-8"}};
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  FileText out{with_unix_line_ends(bytes), {}};
  out.error = find_stray_byte(out.text);
  return out;
}

}  // namespace cistern::config
