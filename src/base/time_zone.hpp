// Time zones by the data of the system's zone files (RFC 8536): what the clock on the wall showed.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace cistern {

class TimeZone {
 public:
  struct Moment {
    std::int64_t offset = 0;        ///< Seconds to add to UTC.
    std::string_view abbreviation;  ///< "PDT"; lives as long as the zone.
  };

  /// UTC.
  TimeZone();
  /// Reads the bytes of a zone file. Fails with "time/zone" when they are none.
  static Result<TimeZone> parse(std::string_view bytes, std::string_view name);
  [[nodiscard]] Moment at(std::int64_t unix_seconds) const;

 private:
  struct Data;
  std::shared_ptr<const Data> data_;
};

/// "UTC", "local" (the zone of this machine: /etc/localtime), or a name such as
/// "America/Los_Angeles", read from the system's zone files. The environment variable TZ is not
/// asked: a service would mean another zone than the shell that tested it.
Result<TimeZone> load_time_zone(const std::string& name);

}  // namespace cistern
