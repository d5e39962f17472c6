#include "connectors/syslog/readers_lines.hpp"

#include "codec/cef.hpp"
#include "codec/json.hpp"
#include "codec/json_scan.hpp"
#include "codec/key_value.hpp"
#include "codec/leef.hpp"
#include "codec/syslog_time.hpp"
#include "connectors/syslog/readers_flow.hpp"
#include "connectors/syslog/readers_header.hpp"
#include "connectors/syslog/readers_record.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace cistern::connectors::syslog {
namespace {

using codec::SyslogMessage;

constexpr std::size_t kMostPairs = 1024;
/// The document puts the object below others, and is to stay within what cistern reads itself.
constexpr std::size_t kMostDepth = codec::kMaxJsonDepth - 8;

/// `device_time` of a written date; numbers are read by the mapping. False: it is none.
bool write_device_time(std::string_view written, const ecs::ReaderInput& input, Zones& zones,
                       RecordWriter& record) {
  if (written.empty() || std::all_of(written.begin(), written.end(),
                                     [](char c) { return (c >= '0' && c <= '9') || c == '.'; }))
    return false;
  const codec::WallClock clock = zones.clock(meta_text(input.meta, "zone"));
  const TimePoint received = parse_time(input.received).value_or(TimePoint{});
  // The reader of headers wants something behind a time.
  std::string text{written};
  text += ' ';
  const codec::SyslogTime found = codec::read_bsd_time(text, received, clock);
  if (found.size == 0 || found.time == TimePoint{}) return false;
  std::string time;
  append_time(time, found.time);
  record.text("device_time", time);
  return true;
}

/// The time of the first of these keys that holds a written date.
void write_time_of(const std::vector<codec::LinePair>& pairs,
                   std::initializer_list<std::string_view> keys, const ecs::ReaderInput& input,
                   Zones& zones, RecordWriter& record) {
  for (const std::string_view key : keys) {
    const auto found = std::find_if(pairs.begin(), pairs.end(),
                                    [key](const auto& pair) { return pair.key == key; });
    if (found == pairs.end()) continue;
    write_device_time(found->value, input, zones, record);
    return;
  }
}

/// Keys keep their letter case, which is part of the formats' dictionaries.
void write_line_pairs(std::string_view name, const std::vector<codec::LinePair>& pairs,
                      RecordWriter& record) {
  record.begin(name);
  std::string key;
  for (const auto& pair : pairs) {
    key.assign(pair.key, 0, 64);
    std::replace(key.begin(), key.end(), '.', '_');
    record.text(key, pair.value);
  }
  record.end();
}

void write_message_header(const SyslogMessage& message, RecordWriter& record) {
  write_header(message, record);
  write_header_time(message, record);
}

/// The keys of the pairs that are parts of a flow, in the words of the products that write them.
std::string_view* flow_part(Flow& flow, std::string_view key) {
  constexpr std::array<std::string_view, 4> kSource = {"src", "srcip", "src_ip", "source_ip"};
  constexpr std::array<std::string_view, 4> kDestination = {"dst", "dstip", "dst_ip",
                                                            "destination_ip"};
  constexpr std::array<std::string_view, 4> kSourcePort = {"spt", "srcport", "src_port", "sport"};
  constexpr std::array<std::string_view, 4> kDestinationPort = {"dpt", "dstport", "dst_port",
                                                                "dport"};
  const auto among = [key](const auto& keys) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  };
  if (key.empty() || (key[0] != 's' && key[0] != 'd' && key[0] != 'p')) return nullptr;
  if (key == "proto" || key == "protocol") return &flow.protocol;
  if (among(kSource)) return &flow.source_ip;
  if (among(kDestination)) return &flow.destination_ip;
  if (among(kSourcePort)) return &flow.source_port;
  return among(kDestinationPort) ? &flow.destination_port : nullptr;
}

struct PairFacts {
  Flow flow;
  std::string_view date;
  std::string_view time;
  bool truncated = false;
};

bool write_pairs(codec::KeyValueReader& pairs, PairFacts& facts, RecordWriter& record) {
  std::string folded;
  std::size_t count = 0;
  record.begin("fields");
  while (pairs.next()) {
    if (++count > kMostPairs) return false;
    const std::string_view name = field_name(pairs.key(), folded);
    facts.truncated = pairs.unterminated();
    if (std::string_view* const part = flow_part(facts.flow, name)) *part = pairs.value();
    if (name == "date") facts.date = pairs.value();
    if (name == "time") facts.time = pairs.value();
    record.text(name, pairs.value());
  }
  record.end();
  return true;
}

}  // namespace

bool read_cef(const ecs::ReaderInput& input, Zones& zones, std::string& json) {
  const SyslogMessage message = read_message(input, zones);
  std::string_view problem;
  const auto cef = codec::cef::read(message.text, problem);
  if (!cef) {
    json = "the line is no CEF: ";
    json += problem;
    return false;
  }
  RecordWriter record(json);
  write_message_header(message, record);
  record.text("version", cef->version);
  record.begin("device");
  record.text("vendor", cef->vendor);
  record.text("product", cef->product);
  record.text("version", cef->device_version);
  record.text("event_class_id", cef->event_class);
  record.end();
  record.text("name", cef->name);
  record.text("severity", cef->severity);
  write_time_of(cef->extension, {"rt", "end", "start"}, input, zones, record);
  write_line_pairs("extensions", cef->extension, record);
  record.finish();
  return true;
}

bool read_leef(const ecs::ReaderInput& input, Zones& zones, std::string& json) {
  const SyslogMessage message = read_message(input, zones);
  std::string_view problem;
  const auto leef = codec::leef::read(message.text, problem);
  if (!leef) {
    json = "the line is no LEEF: ";
    json += problem;
    return false;
  }
  RecordWriter record(json);
  write_message_header(message, record);
  record.text("version", leef->version);
  record.begin("device");
  record.text("vendor", leef->vendor);
  record.text("product", leef->product);
  record.text("version", leef->product_version);
  record.text("event_id", leef->event_id);
  record.end();
  write_time_of(leef->attributes, {"devTime"}, input, zones, record);
  write_line_pairs("attributes", leef->attributes, record);
  record.finish();
  return true;
}

bool read_json(const ecs::ReaderInput& input, Zones& zones, std::string& json) {
  const SyslogMessage message = read_message(input, zones);
  const std::size_t begin = message.text.find('{');
  std::string_view text =
      begin == std::string_view::npos ? std::string_view{} : message.text.substr(begin);
  std::string_view problem;
  std::size_t read = 0;
  const std::size_t size = codec::validate_json_prefix(text, kMostDepth, problem, read);
  if (size == 0) {
    json = "the message holds no JSON object";
    if (!problem.empty()) json.append(": ").append(problem);
    return false;
  }
  std::string compact;
  text = text.substr(0, size);
  // Rules see what an index would: a record of the store holds no line breaks.
  if (text.find_first_of("\r\n") != std::string_view::npos)
    text = codec::compact_json(text, compact);
  RecordWriter record(json);
  write_message_header(message, record);
  record.raw("json", text);
  record.finish();
  return true;
}

bool read_key_value(const ecs::ReaderInput& input, Zones& zones, std::string& json) {
  const SyslogMessage message = read_message(input, zones);
  RecordWriter record(json);
  write_message_header(message, record);
  codec::KeyValueReader pairs(message.text);
  record.text("message", pairs.head().empty() ? message.text : pairs.head());
  PairFacts facts;
  if (!write_pairs(pairs, facts, record)) {
    json = "the message holds more than 1,024 pairs";
    return false;
  }
  if (!facts.date.empty() && !facts.time.empty()) {
    std::string written{facts.date};
    written.append(" ").append(facts.time);
    write_device_time(written, input, zones, record);
  }
  if (const auto id = community_id(facts.flow)) record.text("community_id", *id);
  if (facts.truncated) record.flag("truncated");
  record.finish();
  return true;
}

bool read_plain(const ecs::ReaderInput& input, Zones& zones, std::string& json) {
  const SyslogMessage message = read_message(input, zones);
  RecordWriter record(json);
  write_message_header(message, record);
  record.text("message", message.text);
  record.finish();
  return true;
}

}  // namespace cistern::connectors::syslog
