// The times that stand in syslog headers.
#pragma once

#include "base/time.hpp"
#include "codec/syslog_message.hpp"

#include <cstddef>
#include <string_view>

namespace cistern::codec {

struct SyslogTime {
  TimePoint time{};
  std::size_t size = 0;  ///< Characters of it, with what belongs to it; 0: there is no time.
  bool clock_unsure = false;
  bool has_zone = false;  ///< The text names its zone; otherwise the wall's was taken.
};

/// An ISO 8601 time at the start of `text`, such as the TIMESTAMP of RFC 5424; up to nine digits of
/// a second behind a point or a comma, `Z`, `+01:00`, `+0100`, or no zone. Also Sophos UTM's
/// `2023:04:28-00:50:54`.
SyslogTime read_iso_time(std::string_view text, const WallClock& clock);

/// Any of the times that RFC 3164 senders write, with `*` or `.` before and a zone or a colon
/// behind it.
SyslogTime read_bsd_time(std::string_view text, TimePoint received, const WallClock& clock);

}  // namespace cistern::codec
