#include "connectors/syslog/readers_sophos.hpp"

#include "codec/key_value.hpp"
#include "connectors/syslog/readers_flow.hpp"
#include "connectors/syslog/readers_header.hpp"
#include "connectors/syslog/readers_record.hpp"
#include "connectors/syslog/readers_sophos_keys.hpp"
#include "connectors/syslog/readers_sophos_names.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace cistern::connectors::syslog {
namespace {

constexpr std::size_t kMostPairs = 512;

/// Values that more than one field of the document is made from. The two formats have names of
/// their own for most.
enum Wanted : std::size_t {
  kDate,
  kTime,
  kTimezone,
  kTimestamp,
  kLogId,
  kLogType,
  kLogComponent,
  kLogSubtype,
  kPriority,
  kSeverity,
  kSourceIp,
  kDestinationIp,
  kSourcePort,
  kDestinationPort,
  kProtocol,
  kIcmpType,
  kIcmpCode,
  kSentBytes,
  kReceivedBytes,
  kSentPackets,
  kReceivedPackets,
  kDuration,
  kWantedCount
};

struct Alias {
  std::string_view key;
  Wanted wanted;
};

constexpr std::array kAliases = {
    Alias{"date", kDate},
    Alias{"time", kTime},
    Alias{"timezone", kTimezone},
    Alias{"timestamp", kTimestamp},
    Alias{"log_id", kLogId},
    Alias{"log_type", kLogType},
    Alias{"log_component", kLogComponent},
    Alias{"log_subtype", kLogSubtype},
    Alias{"priority", kPriority},
    Alias{"severity", kSeverity},
    Alias{"src_ip", kSourceIp},
    Alias{"sourceip", kSourceIp},
    Alias{"dst_ip", kDestinationIp},
    Alias{"destinationip", kDestinationIp},
    Alias{"src_port", kSourcePort},
    Alias{"dst_port", kDestinationPort},
    Alias{"protocol", kProtocol},
    Alias{"icmp_type", kIcmpType},
    Alias{"icmp_code", kIcmpCode},
    Alias{"sent_bytes", kSentBytes},
    Alias{"bytes_sent", kSentBytes},
    Alias{"recv_bytes", kReceivedBytes},
    Alias{"bytes_received", kReceivedBytes},
    Alias{"sent_pkts", kSentPackets},
    Alias{"packets_sent", kSentPackets},
    Alias{"recv_pkts", kReceivedPackets},
    Alias{"packets_received", kReceivedPackets},
    Alias{"duration", kDuration},
};

using Values = std::array<std::string_view, kWantedCount>;

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || value < 0 || error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

/// `date` and `time` as one text, or the central format's `timestamp` without its offset, which
/// `zone` then is.
std::optional<TimePoint> local_time(const Values& values, std::string_view& zone) {
  constexpr std::size_t kDateTime = 19;
  const std::string_view stamp = values[kTimestamp];
  if (!values[kDate].empty()) {
    zone = values[kTimezone];
    std::array<char, 40> text{};
    const std::size_t size = values[kDate].size() + 1 + values[kTime].size();
    if (values[kTime].empty() || size > text.size()) return parse_time(values[kDate]);
    char* at = std::copy(values[kDate].begin(), values[kDate].end(), text.data());
    *at++ = 'T';
    std::copy(values[kTime].begin(), values[kTime].end(), at);
    return parse_time({text.data(), size});
  }
  if (stamp.size() < kDateTime) return std::nullopt;
  const std::size_t end = stamp.find_first_of("+-Zz ", kDateTime);
  zone = end == std::string_view::npos ? values[kTimezone] : stamp.substr(end);
  if (zone.starts_with(' ')) zone.remove_prefix(1);
  return parse_time(stamp.substr(0, end));
}

/// What the log id tells, where the line does not say it in words.
void write_log_id(Values& values, RecordWriter& record) {
  const std::string_view priority =
      values[kPriority].empty() ? values[kSeverity] : values[kPriority];
  auto severity = severity_of_priority(priority);
  if (const auto id = decode_log_id(values[kLogId])) {
    if (values[kLogType].empty()) {
      record.text("log_type", id->type);
      values[kLogType] = id->type;
    }
    if (values[kLogComponent].empty()) record.text("log_component", id->component);
    if (values[kLogSubtype].empty()) record.text("log_subtype", id->subtype);
    if (priority.empty()) record.text("priority", id->priority);
    if (!severity) severity = id->severity;
    record.text("message_id", id->message);
  }
  if (severity) record.number("severity_code", *severity - '0');
}

void write_sum(std::string_view name, std::string_view one, std::string_view other,
               RecordWriter& record) {
  const auto a = whole_number(one);
  const auto b = whole_number(other);
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 2;
  if (a && b && *a < kMost && *b < kMost) record.number(name, *a + *b);
}

void write_flow(const Values& values, RecordWriter& record) {
  write_sum("network_bytes", values[kSentBytes], values[kReceivedBytes], record);
  write_sum("network_packets", values[kSentPackets], values[kReceivedPackets], record);
  const auto id = community_id({.source_ip = values[kSourceIp],
                                .destination_ip = values[kDestinationIp],
                                .protocol = values[kProtocol],
                                .source_port = values[kSourcePort],
                                .destination_port = values[kDestinationPort],
                                .icmp_type = values[kIcmpType],
                                .icmp_code = values[kIcmpCode]});
  if (id) record.text("community_id", *id);
}

/// A line is written when something ends or goes on, so its duration lies before its time. Only
/// `Firewall` counts it in seconds.
void write_start(const Values& values, TimePoint end, RecordWriter& record) {
  constexpr std::int64_t kMostSeconds = 10L * 366 * 86400;
  const auto duration = whole_number(values[kDuration]);
  if (!duration || *duration > kMostSeconds || values[kLogType] != "Firewall") return;
  std::string start;
  append_time(start, end - std::chrono::seconds{*duration});
  record.text("event_start", start);
}

}  // namespace

SophosReader::SophosReader(std::shared_ptr<Zones> zones) : zones_(std::move(zones)) {
  for (const Alias& alias : kAliases)
    wanted_.add(alias.key);
}

bool SophosReader::operator()(const ecs::ReaderInput& input, std::string& json) const {
  const codec::SyslogMessage message = read_message(input, *zones_);
  RecordWriter record(json);
  write_header(message, record);
  Values values{};
  std::string folded;
  std::size_t count = 0;
  bool truncated = false;
  for (codec::KeyValueReader pairs(message.text, sophos_keys()); pairs.next();) {
    if (++count > kMostPairs) {
      json = "the line holds more than 512 pairs";
      return false;
    }
    truncated = pairs.unterminated();
    const std::string_view name = field_name(pairs.key(), folded);
    const std::int32_t number = wanted_.find(name);
    if (number >= 0) values[kAliases[static_cast<std::size_t>(number)].wanted] = pairs.value();
    record.text(name, pairs.value());
  }
  if (values[kLogId].empty() && values[kLogType].empty()) {
    json = "the line names neither `log_id` nor `log_type`, so it is none of Sophos Firewall's";
    return false;
  }
  write_log_id(values, record);
  std::string_view zone;
  if (const auto local = local_time(values, zone)) {
    const std::string setting = meta_text(input.meta, "zone");
    const ZonedTime time = resolve_time(*local, zone, setting, *zones_);
    write_time(time, zone, setting, record);
    write_start(values, time.time, record);
  } else {
    write_header_time(message, record);
  }
  write_flow(values, record);
  if (truncated) record.flag("truncated");
  record.finish();
  return true;
}

}  // namespace cistern::connectors::syslog
