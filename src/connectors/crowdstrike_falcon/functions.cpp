#include "connectors/crowdstrike_falcon/functions.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "codec/json_scan.hpp"
#include "connectors/crowdstrike_falcon/command_line.hpp"
#include "connectors/crowdstrike_falcon/connections.hpp"
#include "ecs/function_values.hpp"

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::connectors::crowdstrike_falcon {
namespace {

using codec::JsonElements;
using codec::JsonMembers;
using ecs::FieldSink;
using ecs::member_of_json;
using ecs::scalar_of_json;
using ecs::text_of_json;

/// A whole number without sign, however the vendor writes it. Process ids reach 1.8e19.
std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void set_text(FieldSink& sink, std::string_view field, const std::string& text) {
  if (!text.empty()) sink.set_string(field, text);
}

void add_text(FieldSink& sink, std::string_view field, const std::string& text) {
  if (!text.empty()) sink.add_string(field, text);
}

/// `streamStarted` and `RemoteResponseSessionEndEvent` become `stream_started` and
/// `remote_response_session_end_event`: the vendor writes operations in both ways.
std::string snake_case_of(std::string_view text) {
  const auto upper = [&text](std::size_t at) {
    return at < text.size() && text[at] >= 'A' && text[at] <= 'Z';
  };
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool ends_abbreviation =
        at > 0 && upper(at - 1) && at + 1 < text.size() && !upper(at + 1) && text[at + 1] != '_';
    const bool begins_word = at > 0 && text[at - 1] != '_' && (!upper(at - 1) || ends_abbreviation);
    if (upper(at) && begins_word) out.push_back('_');
    out.push_back(text[at]);
  }
  return lower_case(out);
}

bool snake_case(std::string_view json, FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  set_text(sink, "event.action", snake_case_of(text_of_json(json)));
  return true;
}

/// [{"Key":"a","ValueString":"b"}] becomes {"a":"b"}. An element of another shape leaves the list
/// as it is.
bool audit_key_values(std::string_view json, FieldSink& sink) {
  if (json.front() != '[') return false;
  for (JsonElements elements(json); elements.next();) {
    if (text_of_json(member_of_json(elements.value(), "Key")).empty()) return false;
  }
  for (JsonElements elements(json); elements.next();) {
    const std::string key = text_of_json(member_of_json(elements.value(), "Key"));
    const std::string_view value = member_of_json(elements.value(), "ValueString");
    sink.set_json("." + key, value.empty() ? "null" : value);
    const std::string text = text_of_json(value);
    if (key == "trace_id") set_text(sink, "trace.id", text);
    if (key == "group_id") set_text(sink, "group.id", text);
    if (key == "target_name" || key == "target_user") set_text(sink, "user.target.name", text);
  }
  return true;
}

bool is_attack_id(std::string_view id, std::string_view prefix) {
  return id.size() > prefix.size() && id.starts_with(prefix) && id[prefix.size()] >= '0' &&
         id[prefix.size()] <= '9';
}

/// Techniques of MITRE ATT&CK and the vendor's own (`CSTA0001`, `CST0001`), which the framework
/// does not know. T1059.001 is a sub-technique, and the name beside it is the sub-technique's.
bool mitre_attack(std::string_view json, FieldSink& sink) {
  if (json.front() != '[') return false;
  bool understood = true;
  bool attack = false;
  for (JsonElements elements(json); elements.next();) {
    if (elements.value().front() != '{') {
      understood = false;
      continue;
    }
    const auto text = [&elements](std::string_view name) {
      return text_of_json(member_of_json(elements.value(), name));
    };
    const std::string tactic_id = text("TacticID");
    const std::string technique_id = text("TechniqueID");
    add_text(sink, "threat.tactic.id", tactic_id);
    add_text(sink, "threat.tactic.name", text("Tactic"));
    attack = attack || is_attack_id(tactic_id, "TA") || is_attack_id(technique_id, "T");
    const std::size_t dot = technique_id.find('.');
    add_text(sink, "threat.technique.id", technique_id.substr(0, dot));
    if (dot == std::string::npos) {
      add_text(sink, "threat.technique.name", text("Technique"));
    } else {
      add_text(sink, "threat.technique.subtechnique.id", technique_id);
      add_text(sink, "threat.technique.subtechnique.name", text("Technique"));
    }
  }
  if (attack) sink.set_string("threat.framework", "MITRE ATT&CK");
  return understood;
}

/// The sensor's id of a process, unique in time, is more than the operating system's number. It
/// always is the entity's id; as `pid` it is given while it fits into the signed 64 bits that
/// indexes have for that field, since they refuse a document with a larger one.
bool process_id(std::string_view json, FieldSink& sink) {
  const std::string text = scalar_of_json(json);
  const auto id = whole_number(text);
  if (!id) return false;
  if (*id == 0) return true;
  sink.set_string(".entity_id", text);
  if (*id <= std::uint64_t{std::numeric_limits<std::int64_t>::max()}) sink.set_json(".pid", text);
  return true;
}

std::size_t last_separator(std::string_view path) {
  return path.find_last_of("\\/");
}

/// `explorer.exe` or its whole path.
bool image_name(std::string_view json, FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  const std::string image = text_of_json(json);
  const std::size_t separator = last_separator(image);
  if (separator == std::string::npos) {
    set_text(sink, ".name", image);
    return true;
  }
  sink.set_string(".executable", image);
  set_text(sink, ".name", image.substr(separator + 1));
  return true;
}

/// FilePath is the folder in some types and releases and the whole path in others; FileName tells
/// which. Where the event has a process, the file is its image.
bool file_image(std::string_view json, FieldSink& sink) {
  if (json.front() != '{') return false;
  std::string path = text_of_json(member_of_json(json, "FilePath"));
  const std::string name = text_of_json(member_of_json(json, "FileName"));
  if (path.empty()) return true;
  const std::size_t separator = last_separator(path);
  const bool whole =
      equal_ignoring_case(separator == std::string::npos ? path : path.substr(separator + 1), name);
  if (!whole && !name.empty()) {
    const char between = path.find('/') != std::string::npos ? '/' : '\\';
    if (separator + 1 != path.size()) path.push_back(between);
    path += name;
  }
  sink.set_string("file.path", path);
  const std::size_t last = last_separator(path);
  if (last != std::string::npos) set_text(sink, "file.directory", path.substr(0, last));
  const auto process = whole_number(scalar_of_json(member_of_json(json, "ProcessId")));
  if (process.value_or(0) != 0) sink.set_string("process.executable", path);
  return true;
}

/// The words for a severity of 0 to 100, in the vendor's own steps. Numbers up to 5 may belong to
/// the older scale of 1 to 5, so they tell nothing here.
bool severity_level(std::string_view json, FieldSink& sink) {
  const auto severity = whole_number(scalar_of_json(json));
  if (!severity || *severity > 100) return false;
  if (*severity <= 5) return true;
  const char* const level = *severity >= 80   ? "critical"
                            : *severity >= 60 ? "high"
                            : *severity >= 40 ? "medium"
                            : *severity >= 20 ? "low"
                                              : "informational";
  sink.set_string("log.level", level);
  return true;
}

/// What the sensor did, from the bits, where the vendor's sentence about it is missing.
bool pattern_disposition(std::string_view json, FieldSink& sink) {
  constexpr std::pair<std::uint64_t, std::string_view> kBits[] = {{4, "quarantine_file"},
                                                                  {16, "kill_process"},
                                                                  {256, "policy_disabled"},
                                                                  {1024, "operation_blocked"},
                                                                  {2048, "process_blocked"}};
  const auto value = whole_number(scalar_of_json(json));
  if (!value) return false;
  std::string action;
  for (const auto& [bit, name] : kBits) {
    if ((*value & bit) == 0) continue;
    if (!action.empty()) action += ", ";
    action += name;
  }
  if (*value == 0) action = "detection";
  set_text(sink, "event.action", action);
  return true;
}

/// ECS writes hardware addresses as RFC 7042 does: upper case, hyphens.
bool mac_address(std::string_view json, FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  std::string address = text_of_json(json);
  for (char& c : address) {
    if (c == ':') c = '-';
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  add_text(sink, "host.mac", address);
  return true;
}

/// An incident has no text of its own: a score is all it says.
bool incident_message(std::string_view json, FieldSink& sink) {
  if (json.front() == '{' || json.front() == '[') return false;
  set_text(sink, "message", "Incident score " + scalar_of_json(json));
  return true;
}

/// A number of milliseconds or microseconds as the nanoseconds of event.duration.
bool duration(std::string_view json, FieldSink& sink, std::uint64_t nanos) {
  const auto value = whole_number(scalar_of_json(json));
  if (!value || *value > std::uint64_t{std::numeric_limits<std::int64_t>::max()} / nanos) {
    return false;
  }
  sink.set_json("event.duration", std::to_string(*value * nanos));
  return true;
}

bool arguments(std::string_view json, FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  const auto list = split_command_line(text_of_json(json));
  if (list.empty()) return true;
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_array();
  for (const std::string& argument : list)
    writer.string(argument);
  writer.end_array();
  sink.set_json("process.args", out);
  sink.set_json("process.args_count", std::to_string(list.size()));
  return true;
}

}  // namespace

ecs::FunctionTable mapping_functions() {
  return {{"arguments", arguments},
          {"audit_key_values", audit_key_values},
          {"file_image", file_image},
          {"image_name", image_name},
          {"incident_message", incident_message},
          {"mac_address", mac_address},
          {"microseconds",
           [](std::string_view json, FieldSink& sink) { return duration(json, sink, 1'000); }},
          {"milliseconds",
           [](std::string_view json, FieldSink& sink) { return duration(json, sink, 1'000'000); }},
          {"mitre_attack", mitre_attack},
          {"only_connection", only_connection},
          {"only_dns_request", only_dns_request},
          {"pattern_disposition", pattern_disposition},
          {"process_id", process_id},
          {"severity_level", severity_level},
          {"snake_case", snake_case}};
}

}  // namespace cistern::connectors::crowdstrike_falcon
