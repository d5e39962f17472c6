// A log line as text, apart from where it goes.
#pragma once

#include "base/log.hpp"
#include "base/time.hpp"

#include <span>
#include <string>

namespace cistern {

/// Most bytes of one text (message or field) in a line; what is longer is cut with an ellipsis.
inline constexpr std::size_t kMaxLogText = 8192;

struct LogLine {
  TimePoint time;
  LogLevel level;
  std::string_view component;
  std::string_view message;
  std::span<const LogField> fields;
};

/// `2026-03-02T09:14:07Z WARN  contoso-audit throttled events=12 reason="too many requests"`,
/// without line break. Whatever a terminal would act on is shown as a dot.
std::string human_line(const LogLine& line, bool colour);

/// `{"time":...,"level":"warning","component":...,"message":..., fields}`: valid JSON in printable
/// characters, without line break. Bytes that are not UTF-8 become U+FFFD.
std::string json_line(const LogLine& line);

}  // namespace cistern
