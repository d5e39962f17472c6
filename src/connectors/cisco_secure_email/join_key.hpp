// When a line was said, as one number that orders the lines of one log.
#pragma once

#include <algorithm>
#include <cstdint>

namespace cistern::connectors::cisco_secure_email {

/// Seconds since the Unix epoch, then whether its file begins in that very second (which makes it
/// younger than a line of the file before), then the line's number in its file. AsyncOS writes no
/// fractions of seconds, so the place in the file decides between equal times.
using LineKey = std::int64_t;

inline constexpr LineKey kNever = -1;
inline constexpr int kLineBits = 24;

constexpr LineKey line_key(std::int64_t seconds, bool file_begins, std::uint64_t line) {
  constexpr std::int64_t kLatest = 8'000'000'000;  // The year 2223, which TimePoint still holds.
  constexpr std::uint64_t kLastLine = (std::uint64_t{1} << kLineBits) - 1;
  const std::int64_t bounded = std::clamp<std::int64_t>(seconds, 0, kLatest);
  return (bounded << (kLineBits + 1)) | (std::int64_t{file_begins} << kLineBits) |
         static_cast<std::int64_t>(std::min(line, kLastLine));
}

constexpr std::int64_t seconds_of(LineKey key) {
  return key >> (kLineBits + 1);
}

static_assert(line_key(100, true, 1) > line_key(100, false, 90'000));
static_assert(seconds_of(line_key(1'700'000'000, true, 7)) == 1'700'000'000);

}  // namespace cistern::connectors::cisco_secure_email
