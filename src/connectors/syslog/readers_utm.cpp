#include "connectors/syslog/readers_utm.hpp"

#include "base/bytes.hpp"
#include "codec/key_value.hpp"
#include "connectors/syslog/readers_flow.hpp"
#include "connectors/syslog/readers_header.hpp"
#include "connectors/syslog/readers_record.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <utility>

namespace cistern::connectors::syslog {
namespace {

constexpr std::size_t kMostPairs = 512;

std::optional<int> severity_code(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, int>, 12> kNames = {{{"emerg", 0},
                                                                        {"alert", 1},
                                                                        {"crit", 2},
                                                                        {"critical", 2},
                                                                        {"err", 3},
                                                                        {"error", 3},
                                                                        {"warn", 4},
                                                                        {"warning", 4},
                                                                        {"notice", 5},
                                                                        {"info", 6},
                                                                        {"information", 6},
                                                                        {"debug", 7}}};
  for (const auto& [text, code] : kNames) {
    if (equal_ignoring_case(name, text)) return code;
  }
  return std::nullopt;
}

/// The value's place in `flow`, or null.
std::string_view* flow_part(Flow& flow, std::string_view key) {
  if (key == "srcip") return &flow.source_ip;
  if (key == "dstip") return &flow.destination_ip;
  if (key == "proto") return &flow.protocol;
  if (key == "srcport") return &flow.source_port;
  if (key == "dstport") return &flow.destination_port;
  if (key == "type") return &flow.icmp_type;
  if (key == "code") return &flow.icmp_code;
  return nullptr;
}

bool write_pairs(std::string_view text, RecordWriter& record) {
  Flow flow;
  std::string folded;
  bool truncated = false;
  std::size_t count = 0;
  for (codec::KeyValueReader pairs(text); pairs.next();) {
    if (++count > kMostPairs) return false;
    truncated = pairs.unterminated();
    const std::string_view name = field_name(pairs.key(), folded);
    if (std::string_view* const part = flow_part(flow, name)) *part = pairs.value();
    if (name == "severity") {
      if (const auto code = severity_code(pairs.value())) record.number("severity_code", *code);
    }
    record.text(name, pairs.value());
  }
  if (const auto id = community_id(flow)) record.text("community_id", *id);
  if (truncated) record.flag("truncated");
  return true;
}

}  // namespace

bool read_utm(const ecs::ReaderInput& input, Zones& zones, std::string& json) {
  const codec::SyslogMessage message = read_message(input, zones);
  RecordWriter record(json);
  write_header(message, record);
  if (message.time != TimePoint{}) {
    write_header_time(message, record);
    const std::string zone = meta_text(input.meta, "zone");
    record.text("event_timezone", zone.empty() ? "UTC" : std::string_view{zone});
  }
  if (!message.text.starts_with("id=\"")) {
    record.text("message", message.text);
  } else if (!write_pairs(message.text, record)) {
    json = "the line holds more than 512 pairs";
    return false;
  }
  record.finish();
  return true;
}

}  // namespace cistern::connectors::syslog
