// The keys of the Falcon SIEM Connector's file, with the values they have when they are left out.
#pragma once

#include "codec/ini.hpp"
#include "connectors/crowdstrike_falcon/siem_connector/findings.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cistern::connectors::crowdstrike_falcon {

struct ConnectorKey {
  std::string_view section;
  std::string_view key;
  std::string_view fallback;
};
std::span<const ConnectorKey> connector_keys();

/// Whether a section holds settings, switches, or the mapping of an event type.
enum class SectionKind : unsigned char { settings, switches, mapping, unknown };
SectionKind kind_of(const codec::IniSection& section);

/// Reads known keys of one file; what cannot be read becomes a finding and counts as left out.
class KeyReader {
 public:
  KeyReader(const codec::IniFile& file, codec::Duplicates duplicates, FindingList& findings)
      : file_(file), duplicates_(duplicates), findings_(findings) {}

  /// The value, or the fallback of connector_keys() (an unknown key is a bug: std::logic_error).
  [[nodiscard]] std::string text(std::string_view section, std::string_view key) const;
  [[nodiscard]] bool boolean(std::string_view section, std::string_view key) const;
  [[nodiscard]] std::uint64_t number(std::string_view section, std::string_view key,
                                     std::uint64_t most) const;
  /// 0 when it is left out.
  [[nodiscard]] int line(std::string_view section, std::string_view key) const;
  [[nodiscard]] const codec::IniEntry* entry(std::string_view section, std::string_view key) const;

 private:
  const codec::IniFile& file_;
  codec::Duplicates duplicates_;
  FindingList& findings_;
};

/// "true" and "false" in any case; nothing else.
std::optional<bool> parse_switch(std::string_view text);

/// Names keys and sections that mean nothing here, and keys that stand twice.
void report_oddities(const codec::IniFile& file, FindingList& findings);

}  // namespace cistern::connectors::crowdstrike_falcon
