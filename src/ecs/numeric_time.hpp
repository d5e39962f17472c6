// Points in time that a vendor writes as numbers.
#pragma once

#include "base/time.hpp"

#include <optional>
#include <string_view>

namespace cistern::ecs {

/// The moment that the digits of a number mean, its unit told by its magnitude: Unix seconds, from
/// 1e11 on milliseconds, from 1e14 on microseconds, from 1e17 on steps of 100 ns since 1601
/// (FILETIME), from 1e18 on nanoseconds. Vendors mix units under one name (CrowdStrike's
/// UTCTimestamp comes in seconds and in milliseconds), and for the years 1973 to 2261 the ranges do
/// not meet. Seconds and milliseconds may have a fraction. Nothing for other years, signs and
/// exponents.
std::optional<TimePoint> time_of_number(std::string_view digits);

/// How vendors write "no time": 0, also as text, and the first moment of year 1.
bool is_zero_time(std::string_view json);

}  // namespace cistern::ecs
