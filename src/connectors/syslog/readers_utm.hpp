// Reader of Sophos UTM's lines.
#pragma once

#include "connectors/syslog/readers_time.hpp"
#include "ecs/readers.hpp"

#include <string>

namespace cistern::connectors::syslog {

/// A line that begins with `id="..."` gives its pairs as members under their keys in lower case,
/// `severity_code` (the digit of syslog) and `community_id`; any other gives `message`. Besides:
/// the header, `event_time` and `event_timezone`, since this product's clock names no zone.
bool read_utm(const ecs::ReaderInput& input, Zones& zones, std::string& json);

}  // namespace cistern::connectors::syslog
