#include "lab/truth/json_scan.hpp"

namespace cistern::lab {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_]))
      ++at_;
  }
  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char wanted) {
    skip_blanks();
    if (peek() != wanted) return false;
    ++at_;
    return true;
  }
  // The bytes of the next value; empty when there is none.
  std::string_view value() {
    skip_blanks();
    const auto begin = at_;
    if (peek() == '"') {
      skip_string();
    } else if (peek() == '{' || peek() == '[') {
      skip_nested();
    } else {
      while (!at_end() && peek() != ',' && peek() != '}' && peek() != ']' && !is_blank(peek())) {
        ++at_;
      }
    }
    return text_.substr(begin, at_ - begin);
  }

 private:
  void skip_string() {
    ++at_;
    while (!at_end() && peek() != '"')
      at_ += peek() == '\\' ? 2 : 1;
    if (at_end()) {
      broken_ = true;
      at_ = text_.size();
      return;
    }
    ++at_;
  }
  void skip_nested() {
    std::size_t depth = 0;
    while (!at_end()) {
      const char c = peek();
      if (c == '"') {
        skip_string();
        continue;
      }
      ++at_;
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0) return;
    }
    broken_ = true;
  }

 public:
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  bool broken_ = false;
};

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 63));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 63));
    out += static_cast<char>(0x80 | (code & 63));
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 63));
    out += static_cast<char>(0x80 | ((code >> 6) & 63));
    out += static_cast<char>(0x80 | (code & 63));
  }
}

std::optional<std::uint32_t> four_digits(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : text.substr(0, 4)) {
    value <<= 4;
    if (c >= '0' && c <= '9') {
      value |= static_cast<std::uint32_t>(c - '0');
    } else if ((c | 32) >= 'a' && (c | 32) <= 'f') {
      value |= static_cast<std::uint32_t>((c | 32) - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return value;
}

// `text` begins after `\u`; returns how much of it was used.
std::size_t append_code(std::string& out, std::string_view text) {
  const auto first = four_digits(text);
  if (!first) return 0;
  if (*first >= 0xD800 && *first < 0xDC00 && text.substr(4, 2) == "\\u") {
    const auto second = four_digits(text.substr(6));
    if (second && *second >= 0xDC00 && *second < 0xE000) {
      append_utf8(out, 0x10000 + ((*first - 0xD800) << 10) + (*second - 0xDC00));
      return 10;
    }
  }
  append_utf8(out, *first >= 0xD800 && *first < 0xE000 ? 0xFFFD : *first);
  return 4;
}

char plain_escape(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;
  }
}

bool walk(std::string_view json, std::string& path, const MemberSink& sink) {
  if (json.starts_with('{')) {
    bool ended = false;
    const bool whole = for_each_member(json, [&](std::string_view key, std::string_view value) {
      const auto size = path.size();
      if (!path.empty()) path += '.';
      path.append(key);
      if (!walk(value, path, sink)) ended = true;
      path.resize(size);
      return !ended;
    });
    return whole && !ended;
  }
  if (json.starts_with('[')) {
    Scanner scanner(json);
    scanner.take('[');
    if (scanner.take(']')) return true;
    do {
      if (!walk(scanner.value(), path, sink)) return false;
    } while (scanner.take(','));
    return scanner.take(']');
  }
  if (json.empty()) return false;
  return json == "null" || sink(path, json);
}

}  // namespace

bool for_each_member(std::string_view object, const MemberSink& sink) {
  Scanner scanner(object);
  if (!scanner.take('{')) return false;
  if (scanner.take('}')) {
    scanner.skip_blanks();
    return scanner.at_end();
  }
  do {
    scanner.skip_blanks();
    if (scanner.peek() != '"') return false;
    const auto key = text_of(scanner.value());
    if (!scanner.take(':')) return false;
    const auto value = scanner.value();
    if (value.empty() || scanner.broken()) return false;
    if (!sink(key, value)) return true;
  } while (scanner.take(','));
  if (!scanner.take('}')) return false;
  scanner.skip_blanks();
  return scanner.at_end();
}

std::optional<std::string_view> member(std::string_view object, std::string_view key) {
  std::optional<std::string_view> found;
  for_each_member(object, [&](std::string_view name, std::string_view value) {
    if (name == key) found = value;
    return !found;
  });
  return found;
}

bool for_each_leaf(std::string_view json, const MemberSink& sink) {
  std::string path;
  return walk(json, path, sink);
}

std::string text_of(std::string_view value) {
  if (value.size() < 2 || value.front() != '"') return std::string(value);
  value = value.substr(1, value.size() - 2);
  std::string out;
  out.reserve(value.size());
  for (std::size_t at = 0; at < value.size(); ++at) {
    if (value[at] != '\\' || at + 1 >= value.size()) {
      out += value[at];
      continue;
    }
    ++at;
    if (value[at] == 'u') {
      at += append_code(out, value.substr(at + 1));
    } else {
      out += plain_escape(value[at]);
    }
  }
  return out;
}

std::optional<std::string> member_text(std::string_view object, std::string_view key) {
  const auto value = member(object, key);
  if (!value || *value == "null") return std::nullopt;
  return text_of(*value);
}

}  // namespace cistern::lab
