#include "codec/time_pattern.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace cistern::codec {
namespace {

using namespace std::chrono;

constexpr std::string_view kLetters = "yMdDHkKhmsSaEzZX";
constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};

/// A moment taken apart.
struct Fields {
  year_month_day date;
  unsigned weekday = 0;
  std::int64_t day_of_year = 0;
  std::int64_t hour = 0;
  std::int64_t minute = 0;
  std::int64_t second = 0;
  std::int64_t millisecond = 0;
  TimeZone::Moment zone;
};

Fields take_apart(std::int64_t unix_milliseconds, const TimeZone& zone) {
  const sys_time<milliseconds> utc{milliseconds{unix_milliseconds}};
  Fields fields;
  fields.zone = zone.at(floor<seconds>(utc).time_since_epoch().count());
  const auto local = utc + seconds{fields.zone.offset};
  const auto day = floor<days>(local);
  fields.date = year_month_day{day};
  fields.weekday = weekday{day}.c_encoding();
  fields.day_of_year = (day - sys_days{fields.date.year() / January / 1}).count() + 1;
  const hh_mm_ss<milliseconds> clock{local - day};
  fields.hour = clock.hours().count();
  fields.minute = clock.minutes().count();
  fields.second = clock.seconds().count();
  fields.millisecond = clock.subseconds().count();
  return fields;
}

void append_number(std::string& out, std::int64_t number, std::size_t digits) {
  const auto text = std::to_string(number);
  if (text.size() < digits) out.append(digits - text.size(), '0');
  out += text;
}

void append_name(std::string& out, std::string_view name, std::size_t count) {
  out += count >= 4 ? name : name.substr(0, 3);
}

void append_offset(std::string& out, std::int64_t offset, char letter, std::size_t count) {
  if (letter == 'X' && offset == 0) {
    out += 'Z';
    return;
  }
  out += offset < 0 ? '-' : '+';
  const auto minutes = (offset < 0 ? -offset : offset) / 60;
  append_number(out, minutes / 60, 2);
  if (letter == 'X' && count == 1) return;
  if (letter == 'X' && count == 3) out += ':';
  append_number(out, minutes % 60, 2);
}

void append_year(std::string& out, int year, std::size_t count) {
  append_number(out, count == 2 ? year % 100 : year, count);
}

void append_month(std::string& out, unsigned month, std::size_t count) {
  if (count >= 3) {
    append_name(out, kMonths[month - 1], count);
  } else {
    append_number(out, month, count);
  }
}

void append_letter(std::string& out, const Fields& fields, char letter, std::size_t count) {
  switch (letter) {
    case 'y':
      return append_year(out, static_cast<int>(fields.date.year()), count);
    case 'M':
      return append_month(out, static_cast<unsigned>(fields.date.month()), count);
    case 'd':
      return append_number(out, static_cast<unsigned>(fields.date.day()), count);
    case 'D':
      return append_number(out, fields.day_of_year, count);
    case 'H':
      return append_number(out, fields.hour, count);
    case 'k':
      return append_number(out, fields.hour == 0 ? 24 : fields.hour, count);
    case 'K':
      return append_number(out, fields.hour % 12, count);
    case 'h':
      return append_number(out, fields.hour % 12 == 0 ? 12 : fields.hour % 12, count);
    case 'm':
      return append_number(out, fields.minute, count);
    case 's':
      return append_number(out, fields.second, count);
    case 'S':
      return append_number(out, fields.millisecond, count);
    case 'a':
      out += fields.hour < 12 ? "AM" : "PM";
      return;
    case 'E':
      return append_name(out, kDays[fields.weekday], count);
    case 'z':
      out += fields.zone.abbreviation;
      return;
    default:
      return append_offset(out, fields.zone.offset, letter, count);
  }
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// The text between quotes that begins at `at`; moves `at` behind it. False: it does not end.
bool take_quoted(std::string_view pattern, std::size_t& at, std::string& out) {
  if (pattern.substr(at).starts_with("''")) {
    out += '\'';
    at += 2;
    return true;
  }
  for (++at; at < pattern.size(); ++at) {
    if (pattern[at] != '\'') {
      out += pattern[at];
    } else if (pattern.substr(at).starts_with("''")) {
      out += pattern[at++];
    } else {
      ++at;
      return true;
    }
  }
  return false;
}

}  // namespace

Result<TimePattern> TimePattern::parse(std::string_view pattern) {
  const auto refuse = [&](const std::string& why) {
    return fail_stop("template/time-format",
                     "the time format '" + std::string{pattern} + "' " + why,
                     "write for example MMM dd yyyy HH:mm:ss, other text between single quotes");
  };
  TimePattern out;
  if (pattern.size() > 200) return refuse("is longer than 200 characters");
  const auto text = [&]() -> std::string& {
    if (out.parts_.empty() || out.parts_.back().letter != '\0') out.parts_.emplace_back();
    return out.parts_.back().text;
  };
  for (std::size_t at = 0; at < pattern.size();) {
    const char c = pattern[at];
    if (c == '\'') {
      if (!take_quoted(pattern, at, text())) return refuse("has a quote that is not closed");
    } else if (!is_letter(c)) {
      text() += c;
      ++at;
    } else {
      if (kLetters.find(c) == std::string_view::npos)
        return refuse("has the letter '" + std::string(1, c) + "', which means nothing here");
      const auto end = std::min(pattern.find_first_not_of(c, at), pattern.size());
      out.parts_.push_back({.letter = c, .count = end - at, .text = {}});
      at = end;
    }
  }
  return out;
}

void TimePattern::append(std::string& out, std::int64_t unix_milliseconds,
                         const TimeZone& zone) const {
  const auto fields = take_apart(unix_milliseconds, zone);
  for (const auto& part : parts_) {
    if (part.letter == '\0') {
      out += part.text;
    } else {
      append_letter(out, fields, part.letter, part.count);
    }
  }
}

std::int64_t milliseconds_by_magnitude(std::int64_t number) {
  constexpr std::int64_t kMilliseconds = 100'000'000'000;
  constexpr std::int64_t kFileTime = 10'000'000'000'000'000;
  constexpr std::int64_t kFileTimeToUnix = 11'644'473'600'000;
  if (number >= kFileTime) return number / 10'000 - kFileTimeToUnix;
  if (number >= kMilliseconds || number <= -kMilliseconds) return number;
  return number * 1000;
}

bool is_writable_time(std::int64_t unix_milliseconds) {
  constexpr std::int64_t kWeek = 7 * 86'400'000LL;
  constexpr std::int64_t kYear0 = -62'167'219'200'000;
  constexpr std::int64_t kYear10000 = 253'402'300'800'000;
  return unix_milliseconds >= kYear0 + kWeek && unix_milliseconds < kYear10000 - kWeek;
}

}  // namespace cistern::codec
