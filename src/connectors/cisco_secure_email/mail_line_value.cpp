#include "connectors/cisco_secure_email/mail_line_value.hpp"

#include "base/bytes.hpp"

#include <cstddef>
#include <cstdint>

namespace cistern::connectors::cisco_secure_email {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_octal(char c) {
  return c >= '0' && c <= '7';
}

/// `\xNN` or three octal digits at the beginning of what follows the backslash; 0 when neither.
std::size_t read_byte(std::string_view text, char& byte) {
  if (text.size() >= 3 && text[0] == 'x' && hex_digit(text[1]) >= 0 && hex_digit(text[2]) >= 0) {
    byte = static_cast<char>(hex_digit(text[1]) * 16 + hex_digit(text[2]));
    return 3;
  }
  if (text.size() >= 3 && text[0] <= '3' && is_octal(text[0]) && is_octal(text[1]) &&
      is_octal(text[2])) {
    byte = static_cast<char>((text[0] - '0') * 64 + (text[1] - '0') * 8 + (text[2] - '0'));
    return 3;
  }
  return 0;
}

/// The byte behind a backslash that stands for another; 0 when it stands for itself.
char short_escape(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case '\\':
    case '\'':
    case '"':
      return c;
    default:
      return '\0';
  }
}

/// Bytes that make no UTF-8 are taken for Latin-1, the usual charset of unencoded headers.
void append_as_utf8(std::string& out, std::string_view bytes) {
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte < 0x80) {
      out.push_back(c);
    } else {
      out.push_back(static_cast<char>(0xc0 | (byte >> 6)));
      out.push_back(static_cast<char>(0x80 | (byte & 0x3f)));
    }
  }
}

/// Begins and ends with the same quote, the last one not escaped. Quotes between them may stand
/// without escape: some releases do not write any.
bool is_quoted(std::string_view text) {
  if (text.size() < 2 || (text[0] != '\'' && text[0] != '"') || text.back() != text[0])
    return false;
  std::size_t backslashes = 0;
  while (backslashes + 2 < text.size() && text[text.size() - 2 - backslashes] == '\\')
    ++backslashes;
  return backslashes % 2 == 0;
}

void append_unescaped(std::string& out, std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\' || at + 1 == text.size()) {
      out.push_back(text[at]);
      continue;
    }
    char byte = 0;
    const std::size_t read = read_byte(text.substr(at + 1), byte);
    if (read > 0) {
      out.push_back(byte);
      at += read;
    } else if (const char meant = short_escape(text[at + 1]); meant != '\0') {
      out.push_back(meant);
      ++at;
    } else {
      out.push_back('\\');
    }
  }
}

}  // namespace

std::string_view first_quoted(std::string_view text) {
  if (text.empty() || (text[0] != '\'' && text[0] != '"')) return text;
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == text[0]) {
      return text.substr(0, at + 1);
    }
  }
  return text;
}

std::string_view decode_quoted(std::string_view text, std::string& scratch) {
  const bool quoted = is_quoted(text);
  std::string_view inside = quoted ? text.substr(1, text.size() - 2) : text;
  scratch.clear();
  if (quoted && inside.find('\\') != std::string_view::npos) {
    append_unescaped(scratch, inside);
    inside = scratch;
  }
  if (is_utf8(inside)) return inside;
  std::string valid;
  append_as_utf8(valid, inside);
  scratch = std::move(valid);
  return scratch;
}

Reply read_reply(std::string_view text) {
  Reply reply;
  std::string scratch;
  if (!text.starts_with("('")) {
    reply.text = decode_quoted(text, scratch);
    return reply;
  }
  const std::string_view code = first_quoted(text.substr(1));
  const std::size_t list = 1 + code.size();
  if (text.substr(list).starts_with(", [")) {
    reply.code = code.substr(1, code.size() - 2);
    std::string_view rest = text.substr(list + 3);
    while (rest.starts_with('\'') || rest.starts_with('"')) {
      const std::string_view line = first_quoted(rest);
      if (!reply.text.empty()) reply.text.push_back(' ');
      reply.text += decode_quoted(line, scratch);
      rest.remove_prefix(line.size());
      while (rest.starts_with(',') || rest.starts_with(' '))
        rest.remove_prefix(1);
    }
    return reply;
  }
  reply.text = decode_quoted(text, scratch);
  return reply;
}

bool PairCursor::next(std::string_view& name, std::string_view& value) {
  const std::size_t open = rest_.find_first_not_of("[, ");
  if (open == std::string_view::npos || rest_[open] != '(') return false;
  std::string_view rest = rest_.substr(open + 1);
  name = first_quoted(rest);
  rest.remove_prefix(name.size());
  if (!rest.starts_with(", ")) return false;
  rest.remove_prefix(2);
  value = first_quoted(rest);
  rest.remove_prefix(value.size());
  if (!rest.starts_with(')')) return false;
  rest_ = rest.substr(1);
  return true;
}

}  // namespace cistern::connectors::cisco_secure_email
