// Mapping files of the line formats: which fields of the ECS document become which parts of a CEF
// or LEEF line. docs/formats/cef-leef.md describes how they are written.
#pragma once

#include "base/result.hpp"
#include "destinations/format/document_fields.hpp"
#include "destinations/format/field_rules.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::destinations {

/// What a mapping file may name for one line format.
struct LineDialect {
  std::string_view name;                     ///< "cef": also the built-in file's name.
  std::span<const std::string_view> header;  ///< Names of the header's fields, in order.
  bool (*is_key)(std::string_view key) = nullptr;
  ValueForm (*form_of)(std::string_view key) = nullptr;  ///< What the dictionary says of a key.
  bool (*has_label)(std::string_view key) = nullptr;     ///< Whether a key may have a label.
};

/// One key of the lines.
struct LineKeyRule {
  std::string key;
  FieldRule rule;
  std::string label;  ///< Written as `<key>Label` where the key is; empty: none.
};

struct LineMapping {
  DocumentFields fields;
  std::vector<FieldRules> header;  ///< In the dialect's order.
  FieldRules severity;             ///< 0 to 10.
  FieldRules host;                 ///< Where the event happened, for a transport's header.
  FieldRules syslog_facility;      ///< As the event came, for the header of a syslog message.
  FieldRules syslog_severity;      ///< The same; without any it is made of `severity`.
  std::vector<LineKeyRule> keys;   ///< In the order of the line.
};

/// Reads a mapping file. All its mistakes are found at once: the failure ("format/mapping") lists
/// file, line and what is wrong. What the file says nothing of (severity, host, syslog_facility,
/// syslog_severity) is as built in.
Result<LineMapping> read_line_mapping(std::string_view text, const std::string& file,
                                      const LineDialect& dialect);

/// The built-in mapping of the dialect, or the file at `path` (when it is not empty).
Result<LineMapping> load_line_mapping(const std::string& path, const LineDialect& dialect);

/// What a transport's header needs alone, as built in.
LineMapping facts_mapping();

}  // namespace cistern::destinations
