#include "lab/cisco_secure_endpoint/endpoint_events.hpp"

#include "codec/json.hpp"
#include "lab/harness/random.hpp"

#include <array>
#include <cstdio>

namespace cistern::lab {

namespace {

using codec::JsonWriter;

constexpr std::uint32_t kThreatDetected = 1090519054;
constexpr std::uint32_t kThreatQuarantined = 553648143;
constexpr std::uint32_t kCloudIoc = 1107296274;
constexpr std::uint32_t kVulnerable = 1107296279;
constexpr std::uint32_t kNetworkThreat = 1090519084;
constexpr std::uint32_t kPolicyUpdate = 553648130;
constexpr std::uint32_t kQuarantineFailure = 2164260880;
constexpr std::uint32_t kScanCompleted = 554696715;
constexpr std::uint32_t kExploitPrevention = 1090519103;
constexpr std::uint32_t kThreatHunting = 1107296344;
// No list names it: kinds are added without notice.
constexpr std::uint32_t kUnlisted = 1107296999;

// How often each comes.
constexpr auto kKinds = std::to_array<std::uint32_t>(
    {kThreatDetected, kThreatDetected, kThreatDetected, kThreatDetected, kCloudIoc, kCloudIoc,
     kVulnerable, kVulnerable, kNetworkThreat, kNetworkThreat, kPolicyUpdate, kPolicyUpdate,
     kPolicyUpdate, kQuarantineFailure, kScanCompleted, kScanCompleted, kExploitPrevention,
     kThreatHunting, kUnlisted});

constexpr auto kUsers = std::to_array<std::string_view>(
    {"jdoe@CONTOSO", "ana@CONTOSO", "SYSTEM@NT AUTHORITY", "zoë.müller@CONTOSO", "Not Available"});

constexpr auto kPaths = std::to_array<std::string_view>(
    {R"(\\?\C:\Users\jdoe\Downloads\setup.exe)", "/C:/Windows/System32/setup.exe",
     "file:///C%3A/Windows/system32/setup.exe", "/usr/local/bin/setup.exe"});

constexpr std::uint64_t kComputers = 200;

std::string hex_of(std::uint64_t key, std::size_t digits) {
  std::string out;
  while (out.size() < digits) {
    char part[24];
    key = mix(key);
    std::snprintf(part, sizeof part, "%016llx", static_cast<unsigned long long>(key));
    out += part;
  }
  out.resize(digits);
  return out;
}

std::string guid_of(std::uint64_t key) {
  auto out = hex_of(key, 32);
  out[12] = '4';
  out[16] = '8';
  for (const std::size_t at : {8U, 13U, 18U, 23U})
    out.insert(at, 1, '-');
  return out;
}

std::uint64_t computer_of(const Arrival& arrival) {
  return mix(arrival.key ^ 0xC0) % kComputers;
}

std::string group_of(std::uint64_t computer) {
  return guid_of(0x6C0 + computer % 3);
}

std::string_view severity_of(std::uint32_t type, Dice& dice) {
  if (type == kPolicyUpdate || type == kScanCompleted || type == kQuarantineFailure) return {};
  constexpr auto words = std::to_array<std::string_view>({"Low", "Medium", "High", "Critical"});
  return words[dice.below(words.size())];
}

std::string_view name_of(std::uint32_t type) {
  for (const auto& known : endpoint_event_types()) {
    if (known.id == type) return known.name;
  }
  return "Behaviour Named Later";
}

std::string utc(TimePoint time) {
  return format_time_seconds(time) + "+00:00";
}

void write_computer(JsonWriter& writer, const EndpointFacts& facts, std::uint64_t computer,
                    bool active, Dice& dice) {
  const std::string base = "https://api.amp.cisco.com/v1/computers/" + facts.connector;
  writer.key("computer").begin_object().key("connector_guid").string(facts.connector);
  writer.key("hostname").string("pc-" + std::to_string(computer) + ".contoso.com");
  writer.key("external_ip").string("203.0.113." + std::to_string(1 + computer % 254));
  if (const auto roll = dice.below(6); roll < kUsers.size())
    writer.key("user").string(kUsers[roll]);
  writer.key("active").boolean(active).key("network_addresses").begin_array().begin_object();
  writer.key("ip").string(dice.chance(0.1) ? "" : "198.51.100." + std::to_string(computer % 254));
  writer.key("mac").string("02:9c:f8:c6:c9:" + hex_of(computer, 2)).end_object().end_array();
  writer.key("links").begin_object().key("computer").string(base);
  writer.key("trajectory").string(base + "/trajectory").key("group");
  writer.string("https://api.amp.cisco.com/v1/groups/" + group_of(computer));
  writer.end_object().end_object();
}

void write_file(JsonWriter& writer, const EndpointFacts& facts, Dice& dice) {
  const auto key = dice.next();
  writer.key("file").begin_object().key("disposition");
  writer.string(facts.type == kThreatDetected ? "Malicious" : "Unknown");
  writer.key("file_name").string("setup.exe").key("file_path");
  writer.string(kPaths[dice.below(kPaths.size())]).key("identity").begin_object();
  writer.key("sha256").string(facts.file_sha256).key("sha1").string(hex_of(key, 40));
  writer.key("md5").string(hex_of(mix(key), 32)).end_object();
  writer.key("parent").begin_object().key("process_id").number(std::uint64_t{dice.below(65536)});
  writer.key("disposition").string("Clean").key("file_name").string("explorer.exe");
  writer.key("identity").begin_object().key("sha256").string(hex_of(key + 1, 64)).end_object();
  writer.end_object().end_object();
}

void write_network(JsonWriter& writer, Dice& dice) {
  writer.key("network_info").begin_object().key("dirty_url");
  writer.string("http://bad.example.com/" + std::to_string(dice.below(1000)));
  writer.key("remote_ip").string("192.0.2." + std::to_string(1 + dice.below(254)));
  writer.key("remote_port").number(std::uint64_t{80}).key("local_ip").string("198.51.100.43");
  writer.key("local_port").number(std::uint64_t{50'000 + dice.below(1000)});
  writer.key("disposition").string("Malicious").key("nfm").begin_object().key("direction");
  writer.string("Outgoing connection from").key("protocol").string("TCP").end_object();
  writer.end_object();
}

// Texts or objects, as both are seen.
void write_tactics(JsonWriter& writer, bool objects) {
  writer.key("tactics").begin_array();
  if (objects) {
    writer.begin_object().key("name").string("Defense Evasion").key("external_id");
    writer.string("TA0005").key("mitre_name").string("tactic").key("mitre_url");
    writer.string("https://attack.mitre.org/tactics/TA0005").end_object();
  } else {
    writer.string("TA0005");
  }
  writer.end_array().key("techniques").begin_array();
  if (!objects) writer.string("T1070.004");
  writer.end_array();
}

void write_hunting(JsonWriter& writer, const Arrival& arrival) {
  writer.key("threat_hunting").begin_object().key("incident_id").number(arrival.key % 100'000);
  writer.key("incident_title").string("Suspicious use of a remote tool");
  writer.key("incident_summary").string("First line.\nSecond line with \"quotes\".");
  writer.key("incident_report_guid")
      .string(guid_of(arrival.key))
      .key("severity")
      .string("critical");
  writer.key("incident_start_time").number(unix_seconds(arrival.time) - 600);
  writer.key("incident_end_time").number(unix_seconds(arrival.time));
  write_tactics(writer, true);
  writer.end_object();
}

void write_particulars(JsonWriter& writer, const EndpointFacts& facts, const Arrival& arrival,
                       Dice& dice) {
  switch (facts.type) {
    case kThreatDetected:
    case kThreatQuarantined:
    case kExploitPrevention:
      write_file(writer, facts, dice);
      return;
    case kCloudIoc:
      writer.key("cloud_ioc").begin_object().key("description");
      writer.string("Event logs were cleared from the command line.").key("short_description");
      writer.string("W32.ClearEventLogs.ioc").end_object();
      write_file(writer, facts, dice);
      writer.key("command_line").begin_object().key("arguments");
      writer.string("wevtutil.exe cl \"Application\"").end_object();
      write_tactics(writer, false);
      return;
    case kVulnerable:
      write_file(writer, facts, dice);
      writer.key("vulnerabilities").begin_array().begin_object().key("name");
      writer.string("Contoso Office").key("version").string("2013").key("cve");
      writer.string("CVE-2014-0260").key("score").string("9.3").end_object().begin_object();
      writer.key("cve").string("CVE-2014-1761").key("score").string("9.3").end_object();
      writer.end_array();
      return;
    case kNetworkThreat:
      write_network(writer, dice);
      return;
    case kQuarantineFailure:
      writer.key("error").begin_object().key("error_code").number(std::uint64_t{3221225524});
      writer.key("description").string("Object name not found").end_object();
      return;
    case kScanCompleted:
      writer.key("scan").begin_object().key("description").string("Flash Scan").key("clean");
      writer.boolean(true).key("scanned_files").number(std::uint64_t{dice.below(90'000)});
      writer.key("malicious_detections").number(std::uint64_t{0}).end_object();
      return;
    case kThreatHunting:
      write_hunting(writer, arrival);
      return;
    default:
      return;
  }
}

}  // namespace

EndpointFacts endpoint_facts(const Arrival& arrival) {
  const auto base = std::uint64_t{1'000'000'000'000'000'000} +
                    (arrival.key % std::uint64_t{7'000'000'000'000'000'000} & ~std::uint64_t{3});
  const auto computer = computer_of(arrival);
  EndpointFacts facts;
  facts.type = kKinds[mix(arrival.key ^ 0x71) % kKinds.size()];
  facts.connector = guid_of(0xC000 + computer);
  facts.group = group_of(computer);
  facts.file_sha256 = hex_of(mix(arrival.key ^ 0xF1) % 500, 64);
  facts.id = base + 1;
  if (arrival.twin) {
    // Detected and quarantined: at one instant, and alike but for the last digit of the id.
    facts.type = kThreatQuarantined;
    facts.id = base + 2;
  }
  if (facts.type == kThreatDetected || facts.type == kThreatQuarantined ||
      facts.type == kNetworkThreat || facts.type == kQuarantineFailure) {
    facts.detection = base;
  }
  if (facts.type == kVulnerable) facts.id = 15'000'000'000'000 + arrival.key % 900'000'000'000;
  if (facts.type == kThreatHunting) {
    facts.id = 0;
    facts.group.clear();
  }
  return facts;
}

TimePoint endpoint_goes_offline(const Arrival& arrival) {
  Dice dice(key_of({arrival.key, 0x0FF}));
  if (!dice.chance(0.05)) return {};
  return arrival.time + std::chrono::seconds{5 + dice.below(1200)};
}

void append_endpoint_event(std::string& out, const Arrival& arrival, bool offline) {
  const auto facts = endpoint_facts(arrival);
  Dice dice(key_of({arrival.key, arrival.twin ? 1U : 0U}));
  const auto second = std::chrono::floor<std::chrono::seconds>(arrival.time);
  const std::int64_t fraction = (arrival.time - second).count();
  JsonWriter writer(out);
  writer.begin_object();
  if (facts.id != 0) writer.key("id").number(facts.id);
  writer.key("timestamp").number(unix_seconds(arrival.time));
  writer.key("timestamp_nanoseconds").number(fraction).key("date").string(utc(arrival.time));
  writer.key("event_type").string(name_of(facts.type));
  writer.key("event_type_id").number(std::uint64_t{facts.type});
  if (facts.type == kThreatDetected) writer.key("detection").string("W32.Overdrive.RET");
  if (facts.type == kNetworkThreat) writer.key("detection").string("DFC.CustomIPList");
  if (facts.detection != 0) writer.key("detection_id").string(std::to_string(facts.detection));
  writer.key("connector_guid").string(facts.connector);
  if (!facts.group.empty()) writer.key("group_guids").begin_array().string(facts.group).end_array();
  if (const auto severity = severity_of(facts.type, dice); !severity.empty())
    writer.key("severity").string(severity);
  if (facts.type == kCloudIoc || facts.type == kVulnerable) {
    writer.key("start_timestamp").number(unix_seconds(arrival.time) - 1);
    writer.key("start_date").string(utc(arrival.time - std::chrono::seconds{1}));
  }
  write_computer(writer, facts, computer_of(arrival), !offline, dice);
  write_particulars(writer, facts, arrival, dice);
  writer.end_object();
}

void append_audit_record(std::string& out, const Arrival& arrival) {
  constexpr auto kinds = std::to_array<std::string_view>(
      {"User", "Policy", "Group", "Computer", "ApplicationControl"});
  constexpr auto events = std::to_array<std::string_view>({"create", "update", "destroy", "login"});
  Dice dice(key_of({arrival.key, 0xA0D}));
  JsonWriter writer(out);
  writer.begin_object().key("event").string(events[dice.below(events.size())]);
  writer.key("audit_log_type").string(kinds[dice.below(kinds.size())]);
  writer.key("audit_log_id").string(guid_of(dice.below(50)));
  writer.key("audit_log_user").string("admin" + std::to_string(dice.below(5)) + "@contoso.com");
  writer.key("created_at").string(format_time_seconds(arrival.time) + "Z");
  writer.key("old_attributes");
  if (dice.chance(0.4)) {
    writer.null();
  } else {
    writer.begin_object().key("name").string("Audit").key("description").null().end_object();
  }
  writer.key("new_attributes").begin_object().key("name").string("Protect");
  writer.key("version").number(std::uint64_t{dice.below(900)}).end_object().end_object();
}

}  // namespace cistern::lab
