#include "codec/syslog_time.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace cistern::codec {
namespace {

constexpr std::int64_t kQuarter = 900;
constexpr std::int64_t kDay = 86400;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Walks over the parts of a time. A step that does not fit makes the whole walk fail.
class Steps {
 public:
  explicit Steps(std::string_view text) : text_(text) {}
  [[nodiscard]] std::size_t place() const { return at_; }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }
  void skip(std::size_t count) { at_ += count; }
  void return_to(std::size_t place) { at_ = place; }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void blanks() {
    while (peek() == ' ')
      ++at_;
  }
  /// Between `least` and `most` digits.
  bool number(int least, int most, int& value) {
    int count = 0;
    value = 0;
    while (count < most && is_digit(peek())) {
      value = value * 10 + (peek() - '0');
      ++at_;
      ++count;
    }
    return count >= least && !(count == most && is_digit(peek()));
  }
  /// The digits of a fraction as nanoseconds; digits beyond the ninth are passed over.
  bool fraction(std::int64_t& nanoseconds) {
    if (!is_digit(peek())) return false;
    std::int64_t unit = 100'000'000;
    for (; is_digit(peek()); ++at_, unit /= 10)
      nanoseconds += (peek() - '0') * unit;
    return true;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

struct Parts {
  int year = 0;  // 0: not given.
  int month = 0;
  int day = 0;
  std::int64_t second_of_day = 0;
  std::int64_t nanoseconds = 0;
  std::optional<std::int64_t> offset;  // Seconds east of UTC; none given: the wall's.
};

/// 1 to 12; 0: no name of a month.
int month_at(std::string_view text) {
  if (text.size() < 3) return 0;
  constexpr std::string_view kNames = "JanFebMarAprMayJunJulAugSepOctNovDec";
  for (std::size_t i = 0; i < 12; ++i) {
    if (std::memcmp(kNames.data() + i * 3, text.data(), 3) == 0) return static_cast<int>(i) + 1;
  }
  return 0;
}

bool read_clock(Steps& in, Parts& parts) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!in.number(1, 2, hour) || !in.take(':') || !in.number(2, 2, minute) || !in.take(':') ||
      !in.number(2, 2, second))
    return false;
  // A leap second is written as 60; it counts as the second before it.
  if (hour > 23 || minute > 59 || second > 60) return false;
  parts.second_of_day = hour * 3600 + minute * 60 + std::min(second, 59);
  if ((in.peek() == '.' || in.peek() == ',') && is_digit(in.peek(1))) {
    in.skip(1);
    return in.fraction(parts.nanoseconds);
  }
  return true;
}

/// `+01:00`, `+0100`, `+01`.
bool read_offset(Steps& in, Parts& parts) {
  const bool west = in.peek() == '-';
  int hours = 0;
  int minutes = 0;
  in.skip(1);
  if (!is_digit(in.peek()) || !is_digit(in.peek(1))) return false;
  hours = (in.peek() - '0') * 10 + (in.peek(1) - '0');
  in.skip(2);
  const std::size_t colon = in.peek() == ':' && is_digit(in.peek(1)) ? 1 : 0;
  if (is_digit(in.peek(colon)) && is_digit(in.peek(colon + 1))) {
    in.skip(colon);
    minutes = (in.peek() - '0') * 10 + (in.peek(1) - '0');
    in.skip(2);
  }
  if (hours > 23 || minutes > 59) return false;
  parts.offset = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
  return true;
}

/// Days since 1970; nothing for a date that does not exist.
std::optional<std::int64_t> days_of(int year, int month, int day) {
  using namespace std::chrono;
  const year_month_day date{std::chrono::year{year},
                            std::chrono::month{static_cast<unsigned>(month)},
                            std::chrono::day{static_cast<unsigned>(day)}};
  // The range of TimePoint, less a margin for zones.
  if (!date.ok() || year < 1679 || year > 2260) return std::nullopt;
  return sys_days{date}.time_since_epoch().count();
}

std::optional<TimePoint> time_of(const Parts& parts, int year, const WallClock& clock) {
  const auto days = days_of(year, parts.month, parts.day);
  if (!days) return std::nullopt;
  const std::int64_t local = *days * kDay + parts.second_of_day;
  const std::int64_t utc = parts.offset ? local - *parts.offset : clock.utc(local);
  return TimePoint{std::chrono::seconds{utc} + Duration{parts.nanoseconds}};
}

/// A message does not come from the future: in January, one of December is of last year.
std::optional<TimePoint> time_without_year(const Parts& parts, TimePoint received,
                                           const WallClock& clock) {
  using namespace std::chrono;
  const int year = static_cast<int>(year_month_day{floor<days>(received + hours{24})}.year());
  const auto time = time_of(parts, year, clock);
  if (time && *time <= received + hours{24}) return time;
  // The 29th of February exists in one of the last eight years.
  for (int back = 1; back <= 8; ++back) {
    if (const auto earlier = time_of(parts, year - back, clock)) return earlier;
  }
  return std::nullopt;
}

/// `CEST`, `UTC`, `+0200` behind a time; what is none of them is left where it stands.
void read_zone_behind(Steps& in, Parts& parts, int year, const WallClock& clock) {
  if (in.peek() == 'Z' && (in.peek(1) == ' ' || in.peek(1) == ':')) {
    in.skip(1);
    parts.offset = 0;
    return;
  }
  if (in.peek() == '+' || in.peek() == '-') {
    const std::size_t back = in.place();
    if (!read_offset(in, parts)) in.return_to(back);
    return;
  }
  if (in.peek() != ' ') return;
  std::size_t size = 1;
  while (size < 7 && in.peek(size) >= 'A' && in.peek(size) <= 'Z')
    ++size;
  if (size < 3 || size > 6 || (in.peek(size) != ' ' && in.peek(size) != ':')) return;
  const auto days = days_of(year, parts.month, parts.day);
  if (!days) return;
  parts.offset = clock.offset_of(in.rest().substr(1, size - 1), *days * kDay + parts.second_of_day);
  if (parts.offset) in.skip(size);
}

/// `Nov 22`, `Nov  2`, `22 Nov`, each perhaps with a year behind it.
bool read_date(Steps& in, Parts& parts) {
  parts.month = month_at(in.rest());
  if (parts.month != 0) {
    in.skip(3);
    if (!in.take(' ')) return false;
    in.blanks();
    if (!in.number(1, 2, parts.day)) return false;
  } else {
    in.blanks();
    if (!in.number(1, 2, parts.day) || !in.take(' ')) return false;
    parts.month = month_at(in.rest());
    if (parts.month == 0) return false;
    in.skip(3);
  }
  if (!in.take(' ')) return false;
  in.blanks();
  const bool year_follows = is_digit(in.peek()) && is_digit(in.peek(1)) && is_digit(in.peek(2)) &&
                            is_digit(in.peek(3)) && in.peek(4) == ' ';
  if (!year_follows) return true;
  in.number(4, 4, parts.year);
  in.blanks();
  return true;
}

/// `02:13:08 2026 host`
void read_year_behind(Steps& in, Parts& parts) {
  const std::size_t back = in.place();
  int year = 0;
  if (parts.year == 0 && in.take(' ') && in.number(4, 4, year) && year >= 1990 && year < 2200 &&
      in.peek() == ' ') {
    parts.year = year;
    return;
  }
  in.return_to(back);
}

SyslogTime read_named_month(std::string_view text, TimePoint received, const WallClock& clock) {
  Steps in{text};
  Parts parts;
  if (!read_date(in, parts) || !read_clock(in, parts)) return {};
  read_year_behind(in, parts);
  const int year = parts.year != 0 ? parts.year
                                   : static_cast<int>(std::chrono::year_month_day{
                                         std::chrono::floor<std::chrono::days>(received)}
                                                          .year());
  read_zone_behind(in, parts, year, clock);
  const auto time = parts.year != 0 ? time_of(parts, parts.year, clock)
                                    : time_without_year(parts, received, clock);
  if (!time) return {};
  return {.time = *time,
          .size = in.place(),
          .clock_unsure = false,
          .has_zone = parts.offset.has_value()};
}

struct NamedOffset {
  std::string_view name;
  std::int64_t hours;
};
// Only names with one meaning.
constexpr std::array<NamedOffset, 22> kNamedOffsets = {
    {{"UTC", 0},   {"GMT", 0},   {"WET", 0},   {"WEST", 1}, {"CET", 1},  {"CEST", 2},
     {"EET", 2},   {"EEST", 3},  {"MSK", 3},   {"JST", 9},  {"KST", 9},  {"HKT", 8},
     {"EST", -5},  {"EDT", -4},  {"CDT", -5},  {"MDT", -6}, {"PST", -8}, {"PDT", -7},
     {"AEST", 10}, {"AEDT", 11}, {"NZST", 12}, {"NZDT", 13}}};

}  // namespace

std::int64_t WallClock::utc(std::int64_t local) const {
  const std::int64_t quarter = local / kQuarter - (local % kQuarter < 0 ? 1 : 0);
  if (quarter != quarter_) {
    // With the greater offset the time is the earlier one: the first of an hour that came twice.
    const std::int64_t before = zone_.at(local - kDay).offset;
    const std::int64_t after = zone_.at(local + kDay).offset;
    const std::int64_t greater = std::max(before, after);
    const std::int64_t lesser = std::min(before, after);
    offset_ = zone_.at(local - greater).offset == greater ? greater : lesser;
    quarter_ = quarter;
  }
  return local - offset_;
}

std::optional<std::int64_t> WallClock::offset_of(std::string_view abbreviation,
                                                 std::int64_t local) const {
  constexpr std::int64_t kHalfYear = 182 * kDay;
  for (const std::int64_t moment : {local, local - kHalfYear}) {
    const auto used = zone_.at(moment);
    if (used.abbreviation == abbreviation) return used.offset;
  }
  for (const auto& known : kNamedOffsets) {
    if (known.name == abbreviation) return known.hours * 3600;
  }
  return std::nullopt;
}

SyslogTime read_iso_time(std::string_view text, const WallClock& clock) {
  Steps in{text};
  Parts parts;
  if (!in.number(4, 4, parts.year)) return {};
  const char separator = in.peek() == ':' ? ':' : '-';
  if (!in.take(separator) || !in.number(2, 2, parts.month) || !in.take(separator) ||
      !in.number(2, 2, parts.day))
    return {};
  if (separator == ':' ? !in.take('-') : !in.take('T') && !in.take('t') && !in.take(' ')) return {};
  if (!read_clock(in, parts)) return {};
  if (in.take('Z') || in.take('z')) {
    parts.offset = 0;
  } else if (in.peek() == '+' || in.peek() == '-') {
    if (!read_offset(in, parts)) return {};
  }
  const auto time = time_of(parts, parts.year, clock);
  if (!time) return {};
  return {.time = *time,
          .size = in.place(),
          .clock_unsure = false,
          .has_zone = parts.offset.has_value()};
}

SyslogTime read_bsd_time(std::string_view text, TimePoint received, const WallClock& clock) {
  const bool unsure = text.starts_with('*') || text.starts_with('.');
  const std::size_t before = unsure ? 1 : 0;
  const std::string_view body = text.substr(before);
  if (body.size() < 14) return {};
  SyslogTime found = read_named_month(body, received, clock);
  if (found.size == 0) found = read_iso_time(body, clock);
  if (found.size == 0) return {};
  found.clock_unsure = unsure;
  found.size += before;
  const char behind = found.size < text.size() ? text[found.size] : ' ';
  if (behind == ':') return ++found.size, found;
  return behind == ' ' ? found : SyslogTime{};
}

}  // namespace cistern::codec
