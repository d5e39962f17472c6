#include "base/log_line.hpp"

#include "base/bytes.hpp"
#include "base/utf8.hpp"

#include <cmath>

#include <fmt/format.h>

namespace cistern {
namespace {

struct LevelWords {
  std::string_view human;  ///< Five characters, so that components stand in a column.
  std::string_view json;
  std::string_view colour;
};

LevelWords words_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return {"DEBUG", "debug", "\x1b[2m"};
    case LogLevel::info:
      return {"INFO ", "info", "\x1b[32m"};
    case LogLevel::warning:
      return {"WARN ", "warning", "\x1b[33m"};
    case LogLevel::error:
      return {"ERROR", "error", "\x1b[1;31m"};
  }
  return {"ERROR", "error", "\x1b[1;31m"};
}

void append_utf16_escape(std::string& out, char32_t c) {
  if (c >= 0x10000) {
    append_utf16_escape(out, 0xD800 + ((c - 0x10000) >> 10));
    append_utf16_escape(out, 0xDC00 + ((c - 0x10000) & 0x3FF));
    return;
  }
  fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t at = 0;
  while (at < text.size()) {
    const CodePoint point = decode_code_point(text.substr(at));
    const std::size_t size = point.size == 0 ? 1 : point.size;
    if (at + size > kMaxLogText) {
      out += "…";
      break;
    }
    if (point.size == 0) {
      out += "\xEF\xBF\xBD";
    } else if (point.value == '"' || point.value == '\\') {
      out += '\\';
      out += text[at];
    } else if (point.value == '\n') {
      out += "\\n";
    } else if (is_unsafe_on_terminal(point.value)) {
      append_utf16_escape(out, point.value);
    } else {
      out += text.substr(at, size);
    }
    at += size;
  }
  out += '"';
}

bool needs_quotes(std::string_view text) {
  return text.empty() || text.find_first_of(" =\"") != std::string_view::npos;
}

void append_human_text(std::string& out, std::string_view text) {
  const std::string safe = excerpt(text, kMaxLogText);
  if (!needs_quotes(safe)) {
    out += safe;
    return;
  }
  out += '"';
  for (const char c : safe) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

struct HumanValue {
  std::string& out;
  void operator()(std::string_view text) const { append_human_text(out, text); }
  void operator()(bool flag) const { out += flag ? "true" : "false"; }
  template <class Number>
  void operator()(Number number) const {
    fmt::format_to(std::back_inserter(out), "{}", number);
  }
};

struct JsonValue {
  std::string& out;
  void operator()(std::string_view text) const { append_json_string(out, text); }
  void operator()(bool flag) const { out += flag ? "true" : "false"; }
  void operator()(double number) const {
    if (std::isfinite(number))
      fmt::format_to(std::back_inserter(out), "{}", number);
    else
      out += "null";  // JSON has no word for it.
  }
  template <class Integer>
  void operator()(Integer number) const {
    fmt::format_to(std::back_inserter(out), "{}", number);
  }
};

}  // namespace

std::string human_line(const LogLine& line, bool colour) {
  const LevelWords words = words_of(line.level);
  std::string out = format_time_seconds(line.time);
  out += "Z ";
  if (colour) out += words.colour;
  out += words.human;
  if (colour) out += "\x1b[0m";
  out += ' ';
  out += excerpt(line.component, kMaxLogText);
  out += ' ';
  out += excerpt(line.message, kMaxLogText);
  for (const LogField& field : line.fields) {
    out += ' ';
    out += excerpt(field.name, kMaxLogText);
    out += '=';
    std::visit(HumanValue{out}, field.value);
  }
  return out;
}

std::string json_line(const LogLine& line) {
  std::string out = R"({"time":")";
  append_time(out, line.time);
  out += R"(","level":")";
  out += words_of(line.level).json;
  out += R"(","component":)";
  append_json_string(out, line.component);
  out += R"(,"message":)";
  append_json_string(out, line.message);
  for (const LogField& field : line.fields) {
    out += ',';
    append_json_string(out, field.name);
    out += ':';
    std::visit(JsonValue{out}, field.value);
  }
  out += '}';
  return out;
}

}  // namespace cistern
