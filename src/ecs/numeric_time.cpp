#include "ecs/numeric_time.hpp"

#include <charconv>
#include <cstdint>
#include <limits>

namespace cistern::ecs {
namespace {

struct Unit {
  std::uint64_t from;    ///< The smallest number written in it.
  std::uint64_t nanos;   ///< Length.
  std::uint64_t origin;  ///< The number that means 1970.
};

constexpr Unit kUnits[] = {{100'000'000, 1'000'000'000, 0},
                           {100'000'000'000, 1'000'000, 0},
                           {100'000'000'000'000, 1'000, 0},
                           {100'000'000'000'000'000, 100, 116'444'736'000'000'000},
                           {1'000'000'000'000'000'000, 1, 0}};

/// Up to nine digits behind the point, as billionths; nothing when other signs stand there.
std::optional<std::uint64_t> billionths(std::string_view digits) {
  if (digits.empty()) return std::nullopt;
  std::uint64_t value = 0;
  std::size_t counted = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    if (counted == 9) continue;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
    ++counted;
  }
  for (; counted < 9; ++counted)
    value *= 10;
  return value;
}

}  // namespace

std::optional<TimePoint> time_of_number(std::string_view digits) {
  const std::size_t point = digits.find('.');
  const std::string_view whole = digits.substr(0, point);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(whole.data(), whole.data() + whole.size(), value);
  if (error != std::errc{} || end != whole.data() + whole.size()) return std::nullopt;
  const Unit* unit = nullptr;
  for (const Unit& candidate : kUnits) {
    if (value >= candidate.from) unit = &candidate;
  }
  if (unit == nullptr || value < unit->origin) return std::nullopt;
  constexpr std::uint64_t kLast = std::numeric_limits<std::int64_t>::max();
  // One unit is kept free for the fraction.
  if (value - unit->origin >= kLast / unit->nanos) return std::nullopt;
  std::uint64_t nanos = (value - unit->origin) * unit->nanos;
  if (point != std::string_view::npos) {
    const auto fraction = billionths(digits.substr(point + 1));
    if (!fraction || unit->nanos < 1'000'000) return std::nullopt;
    nanos += *fraction * (unit->nanos / 1'000) / 1'000'000;
  }
  return TimePoint{Duration{static_cast<std::int64_t>(nanos)}};
}

bool is_zero_time(std::string_view json) {
  if (json.size() >= 2 && json.front() == '"') json = json.substr(1, json.size() - 2);
  return json == "0" || json.starts_with("0001-01-01T00:00:00");
}

}  // namespace cistern::ecs
