#include "connectors/crowdstrike_falcon/siem_connector/connector_keys.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <stdexcept>
#include <vector>

namespace cistern::connectors::crowdstrike_falcon {
namespace {

constexpr std::array kKeys = {
    ConnectorKey{"Settings", "version", "3"},
    ConnectorKey{"Settings", "api_url", "https://api.crowdstrike.com/sensors/entities/datafeed/v2"},
    ConnectorKey{"Settings", "request_token_url", ""},
    ConnectorKey{"Settings", "app_id", "SIEM-Connector-v2.0.0"},
    ConnectorKey{"Settings", "enable_correlation_id", "false"},
    ConnectorKey{"Settings", "format_floats_as_scientific", "true"},
    ConnectorKey{"Settings", "client_id", ""},
    ConnectorKey{"Settings", "client_secret", ""},
    ConnectorKey{"Settings", "connection_timeout", "10"},
    ConnectorKey{"Settings", "read_timeout", "30"},
    ConnectorKey{"Settings", "partition", "all"},
    ConnectorKey{"Settings", "http_proxy", ""},
    ConnectorKey{"Settings", "output_format", "json"},
    ConnectorKey{"Settings", "output_to_file", "true"},
    ConnectorKey{"Settings", "output_path", "/var/log/crowdstrike/falconhoseclient/output"},
    ConnectorKey{"Settings", "offset_path", "/var/log/crowdstrike/falconhoseclient/stream_offsets"},
    ConnectorKey{"Output_File_Rotation", "rotate_file", "true"},
    ConnectorKey{"Output_File_Rotation", "max_size", "500"},
    ConnectorKey{"Output_File_Rotation", "max_backups", "10"},
    ConnectorKey{"Output_File_Rotation", "max_age", "30"},
    ConnectorKey{"Logging", "verbose_log", "true"},
    ConnectorKey{"Logging", "max_size", "500"},
    ConnectorKey{"Logging", "max_backups", "10"},
    ConnectorKey{"Logging", "max_age", "30"},
    ConnectorKey{"Syslog", "send_to_syslog_server", "false"},
    ConnectorKey{"Syslog", "host", "localhost"},
    ConnectorKey{"Syslog", "port", "514"},
    ConnectorKey{"Syslog", "protocol", "udp"},
    ConnectorKey{"Syslog", "header_delim", "|"},
    ConnectorKey{"Syslog", "header_prefix", "CEF:0|CrowdStrike|FalconHost|1.0|"},
    ConnectorKey{"Syslog", "escape_header", R"("|":"\|","\\":"\\\\")"},
    ConnectorKey{"Syslog", "escape_ext", R"("\\":"\\\\","=":"\=","\n":"\\n","\r":"\\r")"},
    ConnectorKey{"Syslog", "key_val_delim", "="},
    ConnectorKey{"Syslog", "field_delim", ""},
    ConnectorKey{"Syslog", "val_enclosure", ""},
    ConnectorKey{"Syslog", "time_fields", "deviceCustomDate1"},
    ConnectorKey{"Syslog", "time_format", "MMM dd yyyy HH:mm:ss"},
    ConnectorKey{"Syslog", "event_type_field", "metadata.eventType"},
    ConnectorKey{"Syslog", "event_subtype_field", "event.subType"},
    ConnectorKey{"Syslog", "max_length", "2048"},
    ConnectorKey{"Syslog", "retry_interval_secs", "10"},
    ConnectorKey{"Syslog", "keys_ordered", "true"},
};
constexpr std::array<std::string_view, 2> kSwitches = {"EventTypeCollection",
                                                       "EventSubTypeCollection"};

std::string_view fallback_of(std::string_view section, std::string_view key) {
  for (const auto& one : kKeys)
    if (one.section == section && one.key == key) return one.fallback;
  throw std::logic_error("no key " + std::string{section} + "." + std::string{key});
}

bool is_known_section(std::string_view name) {
  return std::any_of(kKeys.begin(), kKeys.end(),
                     [&](const ConnectorKey& one) { return one.section == name; });
}

/// Every fault of a file may be repeated a thousand times; a reader needs the first few.
constexpr std::size_t kMostNamed = 20;

void report_unknown_keys(const codec::IniSection& section, FindingList& findings) {
  std::vector<std::string> known;
  for (const auto& one : kKeys)
    if (one.section == section.name) known.emplace_back(one.key);
  std::size_t named = 0;
  for (const auto& entry : section.entries) {
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
    if (++named > kMostNamed) continue;
    const auto near = nearest_word(entry.key, known);
    findings.warning(
        entry.line,
        "[" + section.name + "] knows no key '" + entry.key + "'; it is not carried over",
        near ? "did you mean '" + *near + "'?" : "");
  }
  if (named > kMostNamed) {
    findings.warning(section.line, "[" + section.name + "] has " +
                                       std::to_string(named - kMostNamed) +
                                       " more keys that are not known");
  }
}

void report_duplicates(const codec::IniSection& section, FindingList& findings) {
  std::map<std::string_view, int> lines;
  std::size_t named = 0;
  for (const auto& entry : section.entries) {
    const auto [first, fresh] = lines.emplace(entry.key, entry.line);
    if (fresh || ++named > kMostNamed) continue;
    findings.note(entry.line, "[" + section.name + "] '" + entry.key + "' stands in line " +
                                  std::to_string(first->second) +
                                  " as well; the last value counts, at the place of the first "
                                  "(--choice duplicates=first or =all changes that)");
  }
  if (named > kMostNamed) {
    findings.note(section.line, "[" + section.name + "] has " + std::to_string(named - kMostNamed) +
                                    " more keys that stand twice");
  }
}

}  // namespace

std::span<const ConnectorKey> connector_keys() {
  return kKeys;
}

SectionKind kind_of(const codec::IniSection& section) {
  if (std::find(kSwitches.begin(), kSwitches.end(), section.name) != kSwitches.end())
    return SectionKind::switches;
  if (is_known_section(section.name)) return SectionKind::settings;
  const bool has_header =
      std::any_of(section.entries.begin(), section.entries.end(),
                  [](const codec::IniEntry& entry) { return entry.key.starts_with("__header."); });
  return has_header ? SectionKind::mapping : SectionKind::unknown;
}

const codec::IniEntry* KeyReader::entry(std::string_view section, std::string_view key) const {
  const auto* found = file_.find(section);
  if (found == nullptr) return nullptr;
  if (duplicates_ != codec::Duplicates::first) return found->find(key);
  const auto first = std::find_if(found->entries.begin(), found->entries.end(),
                                  [&](const codec::IniEntry& one) { return one.key == key; });
  return first == found->entries.end() ? nullptr : &*first;
}

std::string KeyReader::text(std::string_view section, std::string_view key) const {
  const auto fallback = fallback_of(section, key);
  const auto* found = entry(section, key);
  return found == nullptr ? std::string{fallback} : found->value;
}

int KeyReader::line(std::string_view section, std::string_view key) const {
  const auto* found = entry(section, key);
  return found == nullptr ? 0 : found->line;
}

bool KeyReader::boolean(std::string_view section, std::string_view key) const {
  if (const auto value = parse_switch(text(section, key))) return *value;
  const bool fallback = fallback_of(section, key) == "true";
  findings_.warning(line(section, key),
                    "'" + std::string{key} + "' is neither true nor false and counts as " +
                        (fallback ? "true" : "false"),
                    "write true or false");
  return fallback;
}

std::uint64_t KeyReader::number(std::string_view section, std::string_view key,
                                std::uint64_t most) const {
  const auto parse = [&](std::string_view digits) -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size() || value > most)
      return std::nullopt;
    return value;
  };
  if (const auto value = parse(text(section, key))) return *value;
  const auto fallback = fallback_of(section, key);
  findings_.warning(line(section, key),
                    "'" + std::string{key} + "' is no whole number up to " + std::to_string(most) +
                        " and counts as " + std::string{fallback},
                    "write a number");
  return parse(fallback).value_or(0);
}

std::optional<bool> parse_switch(std::string_view text) {
  if (equal_ignoring_case(text, "true")) return true;
  if (equal_ignoring_case(text, "false")) return false;
  return std::nullopt;
}

void report_oddities(const codec::IniFile& file, FindingList& findings) {
  const std::size_t shown = std::min(file.notes.size(), kMostNamed);
  for (std::size_t i = 0; i < shown; ++i)
    findings.warning(file.notes[i].line, file.notes[i].what);
  if (file.notes.size() > shown)
    findings.warning(0, std::to_string(file.notes.size() - shown) + " further lines like these");
  for (const auto& section : file.sections) {
    report_duplicates(section, findings);
    switch (kind_of(section)) {
      case SectionKind::settings:
        report_unknown_keys(section, findings);
        break;
      case SectionKind::unknown:
        findings.warning(section.line,
                         "[" + section.name +
                             "] is no section of settings, and no mapping because it has no "
                             "__header.0; it is not carried over");
        break;
      case SectionKind::switches:
      case SectionKind::mapping:
        break;
    }
  }
}

}  // namespace cistern::connectors::crowdstrike_falcon
