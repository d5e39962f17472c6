#include "connectors/cisco_secure_email/readers_python.hpp"

#include "codec/json.hpp"
#include "codec/json_scan.hpp"
#include "connectors/cisco_secure_email/mail_line_value.hpp"

#include <cstddef>

namespace cistern::connectors::cisco_secure_email {
namespace {

constexpr std::size_t kMostBytes = 256 * 1024;
constexpr int kMostLevels = 8;

class Reader {
 public:
  Reader(std::string& json, std::string_view text) : json_(json), rest_(text) {}

  bool run() { return value(0) && (skip_blanks(), rest_.empty()); }

 private:
  void skip_blanks() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\n'))
      rest_.remove_prefix(1);
  }
  bool take(char c) {
    skip_blanks();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool value(int level) {
    skip_blanks();
    if (rest_.empty() || level > kMostLevels) return false;
    switch (rest_.front()) {
      case '{':
        return dictionary(level);
      case '[':
        return list(level, ']');
      case '(':
        return list(level, ')');
      case '\'':
      case '"':
        return quoted();
      default:
        return word();
    }
  }

  bool quoted() {
    const std::string_view literal = first_quoted(rest_);
    if (literal.size() < 2 || literal.back() != literal.front()) return false;
    codec::append_json_string(json_, decode_quoted(literal, scratch_));
    rest_.remove_prefix(literal.size());
    return true;
  }

  bool word() {
    const std::string_view text = rest_.substr(0, rest_.find_first_of(",;:=]}) "));
    if (text.empty()) return false;
    rest_.remove_prefix(text.size());
    if (text == "True" || text == "False") {
      json_ += text == "True" ? "true" : "false";
    } else if (text == "None") {
      json_ += "null";
    } else if (is_json_number(text)) {
      json_ += text;
    } else {
      codec::append_json_string(json_, text);
    }
    return true;
  }

  static bool is_json_number(std::string_view text) {
    const char c = text.front();
    if (c != '-' && (c < '0' || c > '9')) return false;
    std::string_view problem;
    std::size_t read = 0;
    return codec::validate_json_prefix(text, 1, problem, read) == text.size();
  }

  bool separator(char close, bool& ended) {
    ended = take(close);
    if (ended) return true;
    if (!take(',') && !take(';')) return false;
    ended = take(close);  // A comma behind the last element is Python's too.
    return true;
  }

  bool dictionary(int level) {
    take('{');
    json_.push_back('{');
    bool ended = take('}');
    for (bool first = true; !ended; first = false) {
      if (!first) json_.push_back(',');
      skip_blanks();
      if (rest_.empty() || (rest_.front() != '\'' && rest_.front() != '"') || !quoted())
        return false;
      if (!take(':') && !take('=')) return false;
      json_.push_back(':');
      if (!value(level + 1) || !separator('}', ended)) return false;
    }
    json_.push_back('}');
    return true;
  }

  bool list(int level, char close) {
    rest_.remove_prefix(1);
    json_.push_back('[');
    bool ended = take(close);
    for (bool first = true; !ended; first = false) {
      if (!first) json_.push_back(',');
      if (!value(level + 1) || !separator(close, ended)) return false;
    }
    json_.push_back(']');
    return true;
  }

  std::string& json_;
  std::string_view rest_;
  std::string scratch_;
};

}  // namespace

bool append_python_literal(std::string& json, std::string_view text) {
  const std::size_t before = json.size();
  if (text.size() <= kMostBytes && Reader(json, text).run()) return true;
  json.resize(before);
  return false;
}

std::size_t python_brackets(std::string_view text) {
  int depth = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\'' || c == '"') {
      const std::string_view literal = first_quoted(text.substr(at));
      if (literal.size() < 2 || literal.back() != c) return 0;
      at += literal.size() - 1;
    } else if (c == '{' || c == '[' || c == '(') {
      ++depth;
    } else if (c == '}' || c == ']' || c == ')') {
      if (--depth == 0) return at + 1;
    }
  }
  return 0;
}

}  // namespace cistern::connectors::cisco_secure_email
