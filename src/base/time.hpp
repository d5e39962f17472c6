// Points in time, and their text forms.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cistern {

using Duration = std::chrono::nanoseconds;

/// UTC with nanoseconds; range about 1678 to 2261. The epoch (a default value) means "unknown".
using TimePoint = std::chrono::sys_time<std::chrono::nanoseconds>;

/// Parses RFC 3339 and its relatives: `YYYY-MM-DD`, `YYYY-MM-DDTHH:MM[:SS[.1-9 digits]]`, with `T`,
/// `t` or a blank between date and time, and `Z`, `z`, `+HH:MM`, `+HHMM`, `+HH` or nothing (then
/// UTC) at the end. Returns nothing for impossible dates, for times outside the range of TimePoint,
/// and for any trailing text.
std::optional<TimePoint> parse_time(std::string_view text);

/// `2026-03-04T05:06:07.123Z`: milliseconds always, more digits (6 or 9) only when they are not 0.
std::string format_time(TimePoint time);

/// As format_time, appended to `out` without a temporary.
void append_time(std::string& out, TimePoint time);

/// `2026-03-04T05:06:07`, UTC without designator, fractions cut.
std::string format_time_seconds(TimePoint time);

/// For people: `850 ms`, `12 s`, `4 min`, `3 h 20 min`, `2 d 5 h`.
std::string format_duration(Duration duration);

/// Seconds since the Unix epoch, rounded down.
std::int64_t unix_seconds(TimePoint time);

}  // namespace cistern
