// Readers of the formats that many products write. Each gives the header (readers_header.hpp) and
// `event_time`, the header's time, if it has one.
#pragma once

#include "connectors/syslog/readers_time.hpp"
#include "ecs/readers.hpp"

#include <string>

namespace cistern::connectors::syslog {

/// `version`, `device` (`vendor`, `product`, `version`, `event_class_id`), `name`, `severity`,
/// `extensions` (as the producer names them), and `device_time` where `rt`, `end` or `start` is a
/// written date.
bool read_cef(const ecs::ReaderInput& input, Zones& zones, std::string& json);

/// `version`, `device` (`vendor`, `product`, `version`, `event_id`), `attributes`, and
/// `device_time` where `devTime` is a written date.
bool read_leef(const ecs::ReaderInput& input, Zones& zones, std::string& json);

/// `json`: the object of the message.
bool read_json(const ecs::ReaderInput& input, Zones& zones, std::string& json);

/// `fields`: the pairs under their keys in lower case; `message`: what stands before the first, or
/// the whole text; `device_time`, where pairs hold date and time; `community_id`.
bool read_key_value(const ecs::ReaderInput& input, Zones& zones, std::string& json);

/// `message`: the text.
bool read_plain(const ecs::ReaderInput& input, Zones& zones, std::string& json);

}  // namespace cistern::connectors::syslog
