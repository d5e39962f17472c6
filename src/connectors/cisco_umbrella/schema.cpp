#include "connectors/cisco_umbrella/schema.hpp"

#include "base/bytes.hpp"
#include "connectors/cisco_umbrella/columns.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace cistern::connectors::cisco_umbrella {
namespace {

constexpr std::size_t kLongestStream = 40;
constexpr std::size_t kLongestName = 64;
constexpr Duration kEveryTenMinutes = std::chrono::minutes{45};

constexpr auto kLogs = std::to_array<LogFolder>(
    {{"dnslogs", "dns", "DNS queries and what became of them.", kEveryTenMinutes},
     {"proxylogs", "proxy", "Web requests through the proxy.", kEveryTenMinutes},
     {"firewalllogs", "firewall", "Connections through the cloud firewall.", kEveryTenMinutes},
     {"cloudfirewalllogs", "firewall", "The same under the name that older tenants have.",
      kEveryTenMinutes},
     {"cdfwlogs", "firewall", "The same under a name that some tenants still have.",
      kEveryTenMinutes},
     {"iplogs", "ip", "Connections that the IP layer blocked.", {}},
     {"auditlogs", "audit", "Changes that administrators made.", {}},
     {"intrusionlogs", "intrusion", "What the intrusion prevention system found.", {}},
     {"dlplogs", "dlp", "Violations of data loss rules; several rows for one event.", {}},
     {"ravpnlogs", "ravpn", "Remote access VPN sessions.", {}},
     {"vpnlogs", "ravpn", "The same under an older name.", {}},
     {"ztnalogs", "ztna", "Zero trust access decisions.", {}},
     {"ztnaflowlogs", "ztna_flow", "Flows of zero trust access.", {}},
     {"fileeventlogs", "file_event", "Files that were inspected.", {}}});

constexpr auto kIntegers = std::to_array<std::string_view>({"application_port",
                                                            "archive_file_depth",
                                                            "bytes_received",
                                                            "bytes_sent",
                                                            "destination_port",
                                                            "egress_port",
                                                            "file_size",
                                                            "first_packet_timestamp",
                                                            "generator_id",
                                                            "last_packet_timestamp",
                                                            "msp_organization_id",
                                                            "organization_id",
                                                            "packet_size",
                                                            "packets_received",
                                                            "packets_sent",
                                                            "policy_resource_id",
                                                            "request_size",
                                                            "response_body_size",
                                                            "response_size",
                                                            "retention_days",
                                                            "retention_policy_in_days",
                                                            "rule_id",
                                                            "ruleset_id",
                                                            "rxbytes",
                                                            "session_id",
                                                            "signature_id",
                                                            "signature_list_id",
                                                            "source_port",
                                                            "source_process_id",
                                                            "status_code",
                                                            "threat_score",
                                                            "txbytes",
                                                            "zta_source_port"});
static_assert(std::is_sorted(kIntegers.begin(), kIntegers.end()));

constexpr auto kLists = std::to_array<std::string_view>(
    {"ai_supply_chain_categories", "application_ids", "blocked_categories", "casi_category_ids",
     "categories", "content_category_ids", "content_category_list_ids", "cves",
     "destination_countries", "destination_list_ids", "failed_reasons", "fqdns",
     "geo_location_of_blocked_destination_countries", "identity_labels", "identity_type",
     "identity_type_labels", "identity_types", "origin_ids", "warn_categories"});
static_assert(std::is_sorted(kLists.begin(), kLists.end()));

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool holds(ColumnNames names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string_view name_within(ColumnNames names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? std::string_view{} : *found;
}

}  // namespace

std::span<const LogFolder> known_logs() {
  return kLogs;
}

std::string stream_of_folder(std::string_view folder) {
  const std::string name = lower_case(folder.substr(0, kLongestStream));
  for (const LogFolder& log : kLogs) {
    if (log.folder == name && folder.size() <= kLongestStream) return std::string(log.stream);
  }
  std::string safe = name.empty() ? "other" : name;
  for (char& c : safe) {
    if (!is_letter(c)) c = '_';
  }
  return safe;
}

const LogSchema* find_schema(std::string_view stream) {
  for (const LogSchema& schema : log_schemas()) {
    if (schema.stream == stream) return &schema;
  }
  return nullptr;
}

ColumnNames columns_by_count(const LogSchema& schema, std::size_t count) {
  const ColumnNames older = dlp_columns_without_event_type();
  if (schema.stream == "dlp" && count == older.size()) return older;
  return schema.columns;
}

std::string_view column_of_header(const LogSchema* schema, std::string_view cell) {
  const std::string spelled = snake_case(cell);
  if (spelled.empty()) return {};
  if (schema != nullptr) {
    const std::string_view own = name_within(schema->columns, spelled);
    if (!own.empty()) return own;
    const std::string_view further = name_within(schema->further, spelled);
    if (!further.empty()) return further;
  }
  for (const ColumnAlias& alias : column_aliases()) {
    if (alias.spelled != spelled) continue;
    if (alias.stream.empty()) {
      if (schema == nullptr || holds(schema->columns, alias.name)) return alias.name;
    } else if (schema != nullptr && alias.stream == schema->stream) {
      return alias.name;
    }
  }
  return schema == nullptr && spelled == "timestamp" ? std::string_view("timestamp")
                                                     : std::string_view{};
}

CellKind kind_of_column(std::string_view name) {
  if (name == "identities") return CellKind::identities;
  if (std::binary_search(kIntegers.begin(), kIntegers.end(), name)) return CellKind::integer;
  if (std::binary_search(kLists.begin(), kLists.end(), name)) return CellKind::list;
  return CellKind::text;
}

bool begins_header(std::string_view first_cell, std::string_view second_cell) {
  const std::string first = snake_case(first_cell);
  if (first == "timestamp" || first == "time" || first == "date_time" || first == "datetime")
    return true;
  if (first != "id") return false;
  const std::string second = snake_case(second_cell);
  return second == "timestamp" || second == "time";
}

std::string snake_case(std::string_view text) {
  std::string name;
  bool gap = false;
  for (const char raw : text) {
    const char c = raw >= 'A' && raw <= 'Z' ? static_cast<char>(raw + ('a' - 'A')) : raw;
    if (!is_letter(c)) {
      gap = !name.empty();
      continue;
    }
    if (name.size() + (gap ? 2U : 1U) > kLongestName) break;
    if (gap) name.push_back('_');
    gap = false;
    name.push_back(c);
  }
  return name;
}

}  // namespace cistern::connectors::cisco_umbrella
