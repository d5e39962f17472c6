#include "connectors/cisco_secure_email/mail_line_header.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>

namespace cistern::connectors::cisco_secure_email {
namespace {

constexpr std::string_view kDays = "MonTueWedThuFriSatSun";
constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
constexpr std::array<std::string_view, 6> kLevels = {"",     "Critical", "Warning",
                                                     "Info", "Debug",    "Trace"};
constexpr std::array<std::string_view, 6> kLevelNames = {"",     "critical", "warning",
                                                         "info", "debug",    "trace"};

/// Place of a three letter name in a row of them; -1 where it is none of them.
int place_in(std::string_view row, std::string_view text) {
  if (text.size() < 3) return -1;
  for (std::size_t at = 0; at < row.size(); at += 3) {
    if (row[at] == text[0] && row[at + 1] == text[1] && row[at + 2] == text[2]) {
      return static_cast<int>(at / 3);
    }
  }
  return -1;
}

/// Exactly `digits` decimal digits at a place; -1 where there is something else.
int digits_at(std::string_view text, std::size_t at, std::size_t digits) {
  if (text.size() < at + digits) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

struct Wall {
  int month = 0;  ///< From 0.
  int day = 0;
  int second = 0;  ///< Of the day.
};

/// `Mmm dd hh:mm:ss` at the beginning; the day padded with a blank, a zero or not at all. Gives the
/// number of bytes read, 0 where it is none.
std::size_t read_wall(std::string_view text, Wall& wall) {
  wall.month = place_in(kMonths, text);
  if (wall.month < 0 || text.size() < 14 || text[3] != ' ') return 0;
  std::size_t at = text[4] == ' ' ? 5 : 4;
  std::size_t width = at == 4 && text[5] != ' ' ? 2 : 1;
  wall.day = digits_at(text, at, width);
  at += width;
  if (wall.day < 1 || wall.day > 31 || at >= text.size() || text[at] != ' ') return 0;
  ++at;
  const int hour = digits_at(text, at, 2);
  const int minute = digits_at(text, at + 3, 2);
  const int second = digits_at(text, at + 6, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return 0;
  if (text[at + 2] != ':' || text[at + 5] != ':') return 0;
  wall.second = (hour * 60 + minute) * 60 + second;
  return at + 8;
}

std::optional<std::int64_t> seconds_of(const Wall& wall, int year) {
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(wall.month + 1)},
                                         std::chrono::day{static_cast<unsigned>(wall.day)}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date}.time_since_epoch().count() * std::int64_t{86'400} +
         wall.second;
}

/// `Www Mmm dd hh:mm:ss yyyy` at the beginning; `length` is what was read.
std::optional<std::int64_t> read_full_time(std::string_view text, std::size_t& length) {
  if (text.size() < 23 || place_in(kDays, text) < 0 || text[3] != ' ') return std::nullopt;
  Wall wall;
  const std::size_t read = read_wall(text.substr(4), wall);
  if (read == 0) return std::nullopt;
  const std::size_t at = 4 + read;
  const int year = digits_at(text, at + 1, 4);
  // Points in time end in 2261; a line of a later year is a stranger's.
  if (year < 1970 || year > 2200 || text[at] != ' ') return std::nullopt;
  length = at + 5;
  return seconds_of(wall, year);
}

/// `Info: ` at the beginning; consumed with its blank.
Level take_level(std::string_view& text) {
  for (std::size_t i = 1; i < kLevels.size(); ++i) {
    const std::string_view word = kLevels[i];
    if (!text.starts_with(word) || text.size() <= word.size() || text[word.size()] != ':') continue;
    text.remove_prefix(word.size() + 1);
    if (text.starts_with(' ')) text.remove_prefix(1);
    return static_cast<Level>(i);
  }
  return Level::none;
}

std::string_view without_line_end(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

std::optional<LineHeader> read_file_shape(std::string_view line) {
  std::size_t length = 0;
  const auto seconds = read_full_time(line, length);
  if (!seconds) return std::nullopt;
  LineHeader header;
  header.wall_seconds = *seconds;
  header.has_year = true;
  std::string_view rest = line.substr(length);
  if (rest.starts_with(": ")) {  // Consolidated: a stop where the others have their level.
    header.text = rest.substr(2);
    return header;
  }
  if (!rest.starts_with(' ')) return std::nullopt;
  rest.remove_prefix(1);
  header.level = take_level(rest);
  if (header.level == Level::none) return std::nullopt;
  header.text = rest;
  return header;
}

/// `<PRI>` with a number of at most 191; consumed.
bool take_priority(std::string_view& line, int& priority) {
  const std::size_t end = line.find('>');
  if (!line.starts_with('<') || end == std::string_view::npos || end < 2 || end > 4) return false;
  priority = digits_at(line, 1, end - 1);
  if (priority < 0 || priority > 191) return false;
  line.remove_prefix(end + 1);
  return true;
}

/// A name that may stand before the stop: of a log, as an administrator writes it.
bool is_log_name(std::string_view text) {
  if (text.empty() || text.size() > 128) return false;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '-' && c != '.') return false;
  }
  return true;
}

std::optional<LineHeader> read_syslog_shape(std::string_view line) {
  LineHeader header;
  if (line.starts_with('<') && !take_priority(line, header.priority)) return std::nullopt;
  Wall wall;
  const std::size_t read = read_wall(line, wall);
  if (read == 0 || line.size() <= read || line[read] != ' ') return std::nullopt;
  const auto seconds = seconds_of(wall, 1972);
  if (!seconds) return std::nullopt;
  header.wall_seconds = *seconds;
  std::string_view rest = line.substr(read + 1);
  const std::size_t stop = rest.find(": ");
  if (stop == std::string_view::npos) return std::nullopt;
  header.log = rest.substr(0, stop);
  const std::size_t blank = header.log.find(' ');
  if (blank != std::string_view::npos) {
    header.host = header.log.substr(0, blank);
    header.log.remove_prefix(blank + 1);
  }
  if (!is_log_name(header.log)) return std::nullopt;
  rest.remove_prefix(stop + 2);
  header.level = take_level(rest);
  header.text = rest;
  return header;
}

}  // namespace

std::string_view name_of(Level level) {
  return kLevelNames.at(static_cast<std::size_t>(level));
}

std::optional<LineHeader> read_line_header(std::string_view line) {
  line = without_line_end(line);
  if (auto header = read_file_shape(line)) return header;
  return read_syslog_shape(line);
}

bool begins_entry(std::string_view line) {
  return read_file_shape(without_line_end(line)).has_value();
}

std::optional<std::int64_t> read_wall_time(std::string_view text) {
  std::size_t length = 0;
  const auto seconds = read_full_time(text, length);
  return length == text.size() ? seconds : std::nullopt;
}

std::int64_t with_nearest_year(std::int64_t wall_seconds, std::int64_t wall_now) {
  using std::chrono::sys_days;
  using std::chrono::year_month_day;
  const auto day_of = [](std::int64_t seconds) {
    return std::chrono::floor<std::chrono::days>(
        std::chrono::sys_seconds{std::chrono::seconds{seconds}});
  };
  const year_month_day date{day_of(wall_seconds)};
  const std::int64_t in_day =
      wall_seconds - sys_days{date}.time_since_epoch().count() * std::int64_t{86'400};
  const int year = static_cast<int>(year_month_day{day_of(wall_now)}.year());
  std::int64_t nearest = wall_seconds;
  std::int64_t distance = -1;
  for (const int candidate : {year - 1, year, year + 1}) {
    // The 29th of February exists in some years only; in the others it is the 1st of March.
    const sys_days day{year_month_day{std::chrono::year{candidate}, date.month(), date.day()}};
    const std::int64_t seconds = day.time_since_epoch().count() * std::int64_t{86'400} + in_day;
    const std::int64_t away = std::llabs(seconds - wall_now);
    if (distance >= 0 && away >= distance) continue;
    distance = away;
    nearest = seconds;
  }
  return nearest;
}

}  // namespace cistern::connectors::cisco_secure_email
