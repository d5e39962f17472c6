#include "connectors/cisco_secure_email/readers_record.hpp"

#include "base/time.hpp"
#include "connectors/cisco_secure_email/mail_line.hpp"
#include "connectors/cisco_secure_email/mail_line_header.hpp"
#include "connectors/cisco_secure_email/mail_line_value.hpp"
#include "ecs/function_values.hpp"

#include <charconv>
#include <chrono>
#include <cstdlib>

namespace cistern::connectors::cisco_secure_email {
namespace {

std::string utc_text(std::int64_t seconds) {
  return format_time(TimePoint{std::chrono::seconds{seconds}});
}

/// `UTC`, `-07:00`
std::string zone_text(LineZone zone) {
  if (zone.offset == 0) return "UTC";
  const std::int64_t minutes = std::llabs(zone.offset) / 60;
  const auto two = [](std::int64_t value) {
    std::string text = std::to_string(value);
    return text.size() < 2 ? "0" + text : text;
  };
  return (zone.offset < 0 ? "-" : "+") + two(minutes / 60) + ":" + two(minutes % 60);
}

/// The header's time in UTC. Through syslog it has no year: the one nearest to the record's own
/// time, or to its arrival. Nothing where neither is known.
std::optional<std::int64_t> utc_of(const LineHeader& header, LineZone zone,
                                   const ecs::ReaderInput& input) {
  if (header.has_year) return header.wall_seconds - zone.offset;
  const auto known = parse_time(input.time.empty() ? input.received : input.time);
  if (!known) return std::nullopt;
  return with_nearest_year(header.wall_seconds, unix_seconds(*known) + zone.offset) - zone.offset;
}

}  // namespace

void RecordWriter::number(std::string_view name, std::uint64_t value) {
  if (value != kNoNumber) writer_.key(name).number(value);
}

void RecordWriter::decoded(std::string_view name, std::string_view value) {
  text(name, decode_quoted(value, scratch_));
}

LineZone zone_of(std::string_view meta) {
  // More than a day is no zone; such a meta is not ours.
  constexpr std::int64_t kMost = 86'400;
  LineZone zone;
  if (meta.empty()) return zone;
  const std::string_view value = ecs::member_of_json(meta, "offset_seconds");
  std::int64_t offset = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), offset);
  if (error == std::errc{} && offset >= -kMost && offset <= kMost) zone.offset = offset;
  return zone;
}

std::string_view write_header(const ecs::ReaderInput& input, RecordWriter& record) {
  const LineZone zone = zone_of(input.meta);
  record.text("timezone", zone_text(zone));
  const auto header = read_line_header(input.raw);
  if (!header) return input.raw;
  if (const auto utc = utc_of(*header, zone, input)) record.text("time", utc_text(*utc));
  record.text("level", name_of(header->level));
  record.text("log", header->log);
  record.text("host", header->host);
  if (header->priority >= 0) {
    const auto priority = static_cast<std::uint64_t>(header->priority);
    record.number("priority", priority);
    record.number("facility", priority / 8);
    record.number("syslog_severity", priority % 8);
  }
  return header->text;
}

void write_wall_time(std::string_view name, std::string_view text, LineZone zone,
                     RecordWriter& record) {
  if (const auto wall = read_wall_time(text)) record.text(name, utc_text(*wall - zone.offset));
}

}  // namespace cistern::connectors::cisco_secure_email
