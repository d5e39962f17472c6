// Reader of Sophos Firewall's lines: device standard format, central reporting format, and those of
// Cyberoam, which Sophos Firewall grew from.
#pragma once

#include "connectors/syslog/readers_time.hpp"
#include "ecs/name_index.hpp"
#include "ecs/readers.hpp"

#include <memory>
#include <string>

namespace cistern::connectors::syslog {

/// Each pair of the line becomes a member under its key in lower case; values are texts as they
/// stand, and those that say nothing are left out. Besides: the header (readers_header.hpp), and
///
/// - `event_time`, `event_timezone` and `timezone_from`;
/// - `log_type`, `log_component`, `log_subtype` and `priority` by the log id where the line does
/// not
///   name them, `severity_code` (the digit of syslog) and `message_id`;
/// - `network_bytes` and `network_packets`, sums of both directions; `community_id`;
/// - `event_start`, where the line tells how long the connection lasted until now;
/// - `truncated: true` where the line ended inside quotes.
class SophosReader {
 public:
  explicit SophosReader(std::shared_ptr<Zones> zones);
  bool operator()(const ecs::ReaderInput& input, std::string& json) const;

 private:
  ecs::NameIndex wanted_;
  std::shared_ptr<Zones> zones_;
};

}  // namespace cistern::connectors::syslog
