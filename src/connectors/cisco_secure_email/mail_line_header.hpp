// What stands before the text of a line that AsyncOS writes.
//
//   in a file          Mon Mar 18 08:12:01 2024 Info: TEXT
//   consolidated       Tue Aug 13 15:15:49 2019: CEF:0|…          (no level)
//   through syslog     <166>Mar 18 08:12:01 [HOST] mail_logs: Info: TEXT      (no year)
//
// A line that has none of these shapes continues the one before it: folded header values hold real
// line breaks.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace cistern::connectors::cisco_secure_email {

enum class Level : std::uint8_t { none, critical, warning, info, debug, trace };

/// `critical` … `trace`, as log.level has it; empty for none.
std::string_view name_of(Level level);

/// A line's header. The views point into the line.
struct LineHeader {
  /// The appliance's clock on the wall, counted as if its zone were UTC: UTC = wall_seconds minus
  /// the zone's offset. Without a year the seconds are those of 1972, a leap year.
  std::int64_t wall_seconds = 0;
  bool has_year = false;
  Level level = Level::none;
  int priority = -1;      ///< Of a syslog shape; -1 elsewhere.
  std::string_view host;  ///< Syslog shape only, and there not always.
  std::string_view log;   ///< Syslog shape only: `mail_logs`.
  std::string_view text;  ///< Everything behind the header, line breaks at the end left out.
};

/// Reads the header of a line, also one that continuation lines were joined to (with '\n'): `text`
/// holds them all. Nothing when the line begins with none of the shapes. Allocates nothing.
std::optional<LineHeader> read_line_header(std::string_view line);

/// Whether a line begins an entry, or else continues the one before: as read_line_header() says,
/// for the two shapes that files have.
bool begins_entry(std::string_view line);

/// `Mon Mar 18 08:12:01 2024` or `Thu Nov  3 14:05:44 2022`, the whole text, as wall_seconds.
std::optional<std::int64_t> read_wall_time(std::string_view text);

/// The wall_seconds of a header without year, moved into the year that brings it nearest to
/// `wall_now` (the same clock's present): a line of December read in January is of last year.
std::int64_t with_nearest_year(std::int64_t wall_seconds, std::int64_t wall_now);

}  // namespace cistern::connectors::cisco_secure_email
