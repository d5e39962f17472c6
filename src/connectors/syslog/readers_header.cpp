#include "connectors/syslog/readers_header.hpp"

#include "ecs/function_values.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace cistern::connectors::syslog {
namespace {

using codec::SyslogMessage;

constexpr std::array<std::string_view, 24> kFacilities = {
    "kern",   "user",   "mail",     "daemon", "auth",   "syslog",   "lpr",     "news",
    "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "security", "console", "solaris-cron",
    "local0", "local1", "local2",   "local3", "local4", "local5",   "local6",  "local7"};

constexpr std::array<std::string_view, 8> kSeverities = {
    "Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug"};

/// `2026:11:22-14:38:37 `: Sophos UTM writes its clock so, without a zone.
constexpr std::string_view kUtmTime = "dddd:dd:dd-dd:dd:dd ";

bool begins_with_utm_time(std::string_view text) {
  if (text.size() < kUtmTime.size()) return false;
  for (std::size_t i = 0; i < kUtmTime.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kUtmTime[i] == 'd' ? !digit : text[i] != kUtmTime[i]) return false;
  }
  return true;
}

std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

/// The header behind PRI that `message` has not understood: time, host, `program[4711]:`.
void take_utm_header(const codec::WallClock& clock, SyslogMessage& message) {
  std::string_view text = message.text;
  if (!begins_with_utm_time(text)) return;
  std::string iso{take_word(text)};
  iso[4] = iso[7] = '-';
  iso[10] = 'T';
  const auto local = parse_time(iso);
  if (!local) return;
  message.form = SyslogMessage::Form::rfc3164;
  message.time = TimePoint{std::chrono::seconds{clock.utc(unix_seconds(*local))}};
  message.host = take_word(text);
  const std::size_t colon = text.find(':');
  const std::string_view tag = text.substr(0, colon);
  if (colon != std::string_view::npos && !tag.empty() && tag.find(' ') == std::string_view::npos) {
    const std::size_t bracket = tag.find('[');
    message.app = tag.substr(0, bracket);
    if (bracket != std::string_view::npos && tag.ends_with(']'))
      message.process = tag.substr(bracket + 1, tag.size() - bracket - 2);
    text.remove_prefix(colon + 1);
    if (text.starts_with(' ')) text.remove_prefix(1);
  }
  message.text = text;
}

/// Parameters by element: `{"meta":{"sequenceId":"42"}}`.
void write_structured_data(std::string_view structured_data, RecordWriter& record) {
  if (structured_data.empty()) return;
  constexpr int kMostParams = 256;
  record.begin("syslog_structured_data");
  codec::SyslogParams params(structured_data);
  std::string_view element;
  std::string value;
  std::string name;
  std::string folded;
  for (int left = kMostParams; left > 0; --left) {
    const auto param = params.next();
    if (!param) break;
    if (element.data() != param->element.data()) {
      if (!element.empty()) record.end();
      element = param->element;
      name.assign(element);
      std::replace(name.begin(), name.end(), '.', '_');
      record.begin(name);
    }
    value.clear();
    codec::append_unescaped_param(value, param->value);
    name.assign(param->name);
    std::replace(name.begin(), name.end(), '.', '_');
    record.text(name, value);
  }
  if (!element.empty()) record.end();
  record.end();
}

/// `+05:30`
void append_offset(std::string& out, std::int64_t seconds) {
  const std::int64_t minutes = (seconds < 0 ? -seconds : seconds) / 60;
  out += seconds < 0 ? '-' : '+';
  for (const std::int64_t part : {minutes / 60, minutes % 60}) {
    if (out.size() > 1) out += ':';
    out += static_cast<char>('0' + part / 10);
    out += static_cast<char>('0' + part % 10);
  }
}

}  // namespace

SyslogMessage read_message(const ecs::ReaderInput& input, Zones& zones) {
  const codec::WallClock clock = zones.clock(meta_text(input.meta, "zone"));
  const TimePoint received = parse_time(input.received).value_or(TimePoint{});
  SyslogMessage message = codec::read_syslog_message(input.raw, received, clock);
  if (message.form == SyslogMessage::Form::bare) take_utm_header(clock, message);
  return message;
}

void write_header(const SyslogMessage& message, RecordWriter& record) {
  if (message.has_priority) {
    record.number("syslog_priority", message.facility * 8 + message.severity);
    record.number("syslog_facility", message.facility);
    record.text("syslog_facility_name", kFacilities[message.facility % kFacilities.size()]);
    record.number("syslog_severity", message.severity);
    record.text("syslog_severity_name", kSeverities[message.severity % kSeverities.size()]);
  }
  if (message.form == SyslogMessage::Form::rfc5424) record.text("syslog_version", "1");
  record.text("syslog_host", message.host);
  record.text("syslog_app", message.app);
  record.text("syslog_procid", message.process);
  record.text("syslog_msgid", message.message_id);
  write_structured_data(message.structured_data, record);
  if (message.relay) record.text("syslog_relay", message.relay->host);
}

void write_time(const ZonedTime& time, std::string_view written, std::string_view setting,
                RecordWriter& record) {
  std::string text;
  append_time(text, time.time);
  record.text("event_time", text);
  record.text("timezone_from", name_of(time.from));
  text.clear();
  if (time.from == ZoneFrom::offset) {
    append_offset(text, parse_offset(written).value_or(0));
    written = text;
  } else if (time.from == ZoneFrom::setting) {
    written = setting;
  } else if (time.from == ZoneFrom::assumed) {
    written = "UTC";
  }
  record.text("event_timezone", written);
}

void write_header_time(const SyslogMessage& message, RecordWriter& record) {
  if (message.time == TimePoint{}) return;
  std::string text;
  append_time(text, message.time);
  record.text("event_time", text);
}

std::string meta_text(std::string_view meta, std::string_view name) {
  return meta.empty() ? std::string{} : ecs::text_of_json(ecs::member_of_json(meta, name));
}

}  // namespace cistern::connectors::syslog
