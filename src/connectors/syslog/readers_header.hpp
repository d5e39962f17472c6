// What stands before the text of a syslog message, as fields of a record.
#pragma once

#include "codec/syslog_message.hpp"
#include "connectors/syslog/readers_record.hpp"
#include "connectors/syslog/readers_time.hpp"
#include "ecs/readers.hpp"

#include <string>
#include <string_view>

namespace cistern::connectors::syslog {

/// A message without its header, by codec/syslog_message.hpp. Sophos UTM's way of writing the time
/// (`2026:11:22-14:38:37`) is understood as well.
codec::SyslogMessage read_message(const ecs::ReaderInput& input, Zones& zones);

/// The header as members `syslog_*`, for the rules to move into `log.syslog`.
void write_header(const codec::SyslogMessage& message, RecordWriter& record);

/// The header's time as `event_time`, if it has one.
void write_header_time(const codec::SyslogMessage& message, RecordWriter& record);

/// `event_time`, `timezone_from` (what decided the zone), and `event_timezone`: that zone as a
/// number, as an IANA name, or as the device's abbreviation.
void write_time(const ZonedTime& time, std::string_view written, std::string_view setting,
                RecordWriter& record);

/// A text of the record's meta, or empty.
std::string meta_text(std::string_view meta, std::string_view name);

}  // namespace cistern::connectors::syslog
