// What a clock on a wall showed, as a point in time: devices name their zone by an abbreviation, by
// a number, or not at all.
#pragma once

#include "base/time.hpp"
#include "base/time_zone.hpp"
#include "codec/syslog_message.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::connectors::syslog {

/// Zones of the system's zone files, each read once. Thread-safe.
class Zones {
 public:
  /// The zone of an IANA name, or null when there is none.
  std::shared_ptr<const TimeZone> find(std::string_view name);
  /// The wall clock of that zone, or of UTC when there is none of that name.
  codec::WallClock clock(std::string_view name);

 private:
  const TimeZone utc_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const TimeZone>, std::less<>> zones_;
};

/// What decided the zone.
enum class ZoneFrom : std::uint8_t {
  offset,        ///< The device wrote a number: "+0530".
  setting,       ///< The zone that the user set for the sender.
  abbreviation,  ///< The device's abbreviation, which has one meaning: "CEST".
  ambiguous,     ///< The device's abbreviation, which has several: "IST". The likeliest was taken.
  assumed,       ///< Nothing told it: UTC.
};

/// "offset", "setting", "abbreviation", "ambiguous", "assumed"
std::string_view name_of(ZoneFrom from);

struct ZonedTime {
  TimePoint time{};
  ZoneFrom from = ZoneFrom::assumed;
};

/// Seconds to add to UTC: "+0530", "-06:00", "+11", "Z". Nothing on anything else.
std::optional<std::int64_t> parse_offset(std::string_view text);

/// Seconds to add to UTC for an abbreviation in capitals, and whether others use it for another
/// zone.
struct Abbreviation {
  std::int64_t offset = 0;
  bool ambiguous = false;
};
std::optional<Abbreviation> find_abbreviation(std::string_view name);

/// `local` is what the clock showed, as if it were UTC. An offset that the device wrote counts
/// most, then `setting` (an IANA name, may be empty), then the device's abbreviation.
ZonedTime resolve_time(TimePoint local, std::string_view written, std::string_view setting,
                       Zones& zones);

}  // namespace cistern::connectors::syslog
