// The file's mapping sections as a template of cistern.
#include "codec/text_template.hpp"
#include "connectors/crowdstrike_falcon/siem_connector/connector_keys.hpp"
#include "connectors/crowdstrike_falcon/siem_connector/imported.hpp"

#include <array>
#include <set>

namespace cistern::connectors::crowdstrike_falcon {
namespace {

using codec::IniFile;
using codec::IniSection;

/// Settings that mean the same in both files.
constexpr std::array<std::string_view, 12> kSameSettings = {
    "header_prefix", "header_delim",     "escape_header",       "escape_ext",
    "key_val_delim", "field_delim",      "val_enclosure",       "time_fields",
    "time_format",   "event_type_field", "event_subtype_field", "max_length"};

// Both spellings occur on the stream, and the vendor's own file knows only the second.
constexpr std::string_view kOtherSpelling = "EPPDetectionSummaryEvent";
constexpr std::string_view kSpelling = "EppDetectionSummaryEvent";

class TemplateWriter {
 public:
  TemplateWriter(const IniFile& file, const ImportRequest& request, FindingList& findings)
      : file_(file),
        request_(request),
        findings_(findings),
        keys_(file, duplicates(request), findings) {}

  std::string write() {
    settings();
    choices();
    switches();
    if (file_.find(kSpelling) != nullptr && file_.find(kOtherSpelling) == nullptr)
      out_ += "\n[Aliases]\n" + std::string{kOtherSpelling} + " = " + std::string{kSpelling} + "\n";
    for (const auto& section : file_.sections)
      if (kind_of(section) == SectionKind::mapping) mapping(section);
    return std::move(out_);
  }

 private:
  static codec::Duplicates duplicates(const ImportRequest& request) {
    const auto chosen = request.choices.find("duplicates");
    return chosen != request.choices.end() && chosen->second == "first" ? codec::Duplicates::first
                                                                        : codec::Duplicates::last;
  }

  void line(std::string_view key, std::string_view value) {
    out_ += key;
    out_ += " = ";
    out_ += value;
    out_ += '\n';
  }

  void settings() {
    out_ +=
        "# Made from " + file_.name + " by `cistern import falcon-siem-connector`.\n[Template]\n";
    for (const auto key : kSameSettings) {
      const auto* entry = keys_.entry("Syslog", key);
      const auto value = keys_.text("Syslog", key);
      // A tab that stands there as itself would be trimmed away.
      const bool tab =
          entry != nullptr && value.empty() && entry->untrimmed.find('\t') != std::string::npos;
      line(key, tab ? "\\t" : value);
    }
    if (keys_.boolean("Settings", "enable_correlation_id")) {
      line("correlation_key", "correlationId");
      findings_.warning(keys_.line("Settings", "enable_correlation_id"),
                        "how the connector writes its correlation id is not documented; each line "
                        "ends with correlationId and the event's identity in cistern",
                        "compare one line with the old output; correlation_key in the template "
                        "names the key");
    }
  }

  void choices() {
    auto chosen = request_.choices;
    if (!keys_.boolean("Settings", "format_floats_as_scientific"))
      chosen.try_emplace("floats", "plain");
    if (chosen.try_emplace("zone", "local").second && !keys_.text("Syslog", "time_fields").empty())
      findings_.note(keys_.line("Syslog", "time_fields"),
                     "times are written in this machine's time zone, as the connector does",
                     "--choice zone=UTC or another name, when cistern runs on another machine");
    for (const auto& choice : codec::template_choices()) {
      const auto given = chosen.find(std::string{choice.name});
      line(choice.name, given == chosen.end() ? std::string{choice.fallback} : given->second);
    }
    if (!keys_.boolean("Syslog", "keys_ordered"))
      findings_.note(keys_.line("Syslog", "keys_ordered"),
                     "keys come in the order of the mapping, also where the connector would mix "
                     "them");
  }

  void switches() {
    out_ += "\n[Sections]\n";
    std::set<std::string_view> listed;
    for (const auto* name : {"EventTypeCollection", "EventSubTypeCollection"}) {
      const auto* section = file_.find(name);
      if (section == nullptr) continue;
      for (const auto* entry : codec::effective_entries(section->entries, duplicates(request_))) {
        listed.insert(entry->key);
        one_switch(*entry);
      }
    }
    for (const auto& section : file_.sections) {
      if (kind_of(section) != SectionKind::mapping || listed.contains(section.name)) continue;
      const auto chosen = request_.choices.find("unlisted-switch");
      const bool off = chosen != request_.choices.end() && chosen->second == "off";
      findings_.note(section.line,
                     "[" + section.name + "] has no switch; its lines are " +
                         (off ? "left out, as chosen" : "written"),
                     off ? "" : "--choice unlisted-switch=off leaves them out");
    }
  }

  void one_switch(const codec::IniEntry& entry) {
    const auto value = parse_switch(entry.value);
    if (!value)
      findings_.warning(entry.line,
                        "the switch '" + entry.key +
                            "' is neither true nor false and "
                            "counts as true",
                        "write true or false");
    line(entry.key, value.value_or(true) ? "true" : "false");
    if (value.value_or(true) && file_.find(entry.key) == nullptr)
      findings_.note(entry.line,
                     "'" + entry.key +
                         "' is switched on and has no mapping section, so that it gives "
                         "no line (in the store its events are kept)");
  }

  void mapping(const IniSection& section) {
    out_ += "\n[" + section.name + "]\n";
    for (const auto& entry : section.entries)
      line(entry.key, entry.value);
  }

  const IniFile& file_;
  const ImportRequest& request_;
  FindingList& findings_;
  KeyReader keys_;
  std::string out_;
};

}  // namespace

std::string template_of(const IniFile& file, const ImportRequest& request, FindingList& findings) {
  return TemplateWriter{file, request, findings}.write();
}

}  // namespace cistern::connectors::crowdstrike_falcon
