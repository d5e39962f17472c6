#include "config/units.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace cistern::config {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t value;
};

// In nanoseconds, longest first: parts of a duration stand in this order.
constexpr std::array kDurationUnits = {
    Unit{"w", 604'800'000'000'000}, Unit{"d", 86'400'000'000'000}, Unit{"h", 3'600'000'000'000},
    Unit{"m", 60'000'000'000},      Unit{"s", 1'000'000'000},      Unit{"ms", 1'000'000},
};

constexpr std::array kSizeUnits = {
    Unit{"TiB", 1LL << 40}, Unit{"TB", 1'000'000'000'000},
    Unit{"GiB", 1LL << 30}, Unit{"GB", 1'000'000'000},
    Unit{"MiB", 1LL << 20}, Unit{"MB", 1'000'000},
    Unit{"KiB", 1LL << 10}, Unit{"KB", 1'000},
    Unit{"kB", 1'000},      Unit{"B", 1},
};

/// Takes the digits at the start of `text`; nothing when there are none or too many.
std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || text.front() == '-') return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::string_view take_letters(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && (text[count] < '0' || text[count] > '9'))
    ++count;
  const std::string_view letters = text.substr(0, count);
  text.remove_prefix(count);
  return letters;
}

std::string in_units_of(const Option& option, std::int64_t number) {
  if (option.type == OptionType::duration) return write_duration(number);
  if (option.type == OptionType::size) return write_size(number);
  return std::to_string(number);
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  if (text == "0") return Duration{0};
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  std::size_t next_unit = 0;
  while (!text.empty()) {
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    const std::string_view name = take_letters(text);
    while (next_unit < kDurationUnits.size() && kDurationUnits[next_unit].name != name)
      ++next_unit;
    if (next_unit == kDurationUnits.size()) return std::nullopt;
    std::int64_t part = 0;
    if (__builtin_mul_overflow(*number, kDurationUnits[next_unit].value, &part))
      return std::nullopt;
    if (__builtin_add_overflow(total, part, &total)) return std::nullopt;
    ++next_unit;
  }
  return Duration{total};
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto number = take_number(text);
  if (!number) return std::nullopt;
  if (text.empty()) return static_cast<std::uint64_t>(*number);
  for (const Unit& unit : kSizeUnits) {
    if (unit.name != text) continue;
    std::int64_t bytes = 0;
    if (__builtin_mul_overflow(*number, unit.value, &bytes)) return std::nullopt;
    return static_cast<std::uint64_t>(bytes);
  }
  return std::nullopt;
}

std::string write_duration(std::int64_t seconds) {
  if (seconds == 0) return "0";
  std::string out;
  for (const Unit& unit : kDurationUnits) {
    const std::int64_t length = unit.value / 1'000'000'000;
    // Weeks are read but not written: "30d" is what people look for, not "4w2d".
    if (length == 0 || unit.name == "w" || seconds < length) continue;
    out += std::to_string(seconds / length);
    out += unit.name;
    seconds %= length;
  }
  return out;
}

std::string write_size(std::int64_t bytes) {
  for (const Unit& unit : kSizeUnits)
    if (bytes != 0 && bytes % unit.value == 0)
      return std::to_string(bytes / unit.value) + std::string{unit.name};
  return std::to_string(bytes);
}

std::string range_text(const Option& option) {
  if (option.least && option.most)
    return "from " + in_units_of(option, *option.least) + " to " +
           in_units_of(option, *option.most);
  if (option.least) return "at least " + in_units_of(option, *option.least);
  if (option.most) return "at most " + in_units_of(option, *option.most);
  return {};
}

bool in_range(const Option& option, std::int64_t number) {
  return number >= option.least.value_or(std::numeric_limits<std::int64_t>::min()) &&
         number <= option.most.value_or(std::numeric_limits<std::int64_t>::max());
}

std::string_view type_name(OptionType type) {
  switch (type) {
    case OptionType::text:
      return "text";
    case OptionType::secret:
      return "secret";
    case OptionType::path:
      return "path";
    case OptionType::integer:
      return "integer";
    case OptionType::boolean:
      return "boolean";
    case OptionType::duration:
      return "duration";
    case OptionType::size:
      return "size";
    case OptionType::choice:
      return "choice";
    case OptionType::list:
      return "list";
    case OptionType::map:
      return "map";
    case OptionType::rows:
      return "list of rules";
  }
  return "text";
}

}  // namespace cistern::config
