// Times written by a pattern of letters as Java's SimpleDateFormat has them.
#pragma once

#include "base/result.hpp"
#include "base/time_zone.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::codec {

/// Letters: y year, M month (MM digits, MMM "Jan", MMMM "January"), d day, D day of the year, H
/// hour 0-23, k 1-24, K 0-11, h 1-12, m minute, s second, S milliseconds, a AM/PM, E weekday (EEEE
/// whole), z "PDT", Z "-0700", X "-07" / XX "-0700" / XXX "-07:00". More letters mean more digits.
/// Text between ' ' stands as it is, '' is one quote. Other letters are refused.
class TimePattern {
 public:
  /// Fails with "template/time-format".
  static Result<TimePattern> parse(std::string_view pattern);
  /// The moment must lie within the years 0 to 9999 (see is_writable_time).
  void append(std::string& out, std::int64_t unix_milliseconds, const TimeZone& zone) const;

 private:
  struct Part {
    char letter = '\0';  ///< '\0': text.
    std::size_t count = 0;
    std::string text;
  };
  std::vector<Part> parts_;
};

/// Milliseconds since the Unix epoch of a number whose unit its size tells: below 1e11 seconds,
/// from 1e16 on steps of 100 ns since 1601 (FILETIME), milliseconds between.
std::int64_t milliseconds_by_magnitude(std::int64_t number);

/// Whether the moment lies within the years 0 to 9999 in every zone.
bool is_writable_time(std::int64_t unix_milliseconds);

}  // namespace cistern::codec
