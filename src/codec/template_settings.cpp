#include "codec/template_settings.hpp"

#include "base/bytes.hpp"
#include "codec/escape_table.hpp"
#include "codec/text_template.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

namespace cistern::codec {
namespace {

using Names2 = std::array<std::string_view, 2>;
using Names3 = std::array<std::string_view, 3>;

constexpr Names2 kMissing = {"left-out", "empty"};
constexpr Names3 kObjects = {"json", "go-map", "left-out"};
constexpr Names2 kOverLength = {"cut", "skip"};
constexpr Names3 kDuplicates = {"last", "first", "all"};
constexpr Names2 kUnlisted = {"on", "off"};
constexpr Names2 kEmpty = {"written", "left-out"};
constexpr Names3 kFloats = {"shortest", "six-digits", "plain"};
constexpr Names2 kSubOrder = {"mapping", "event"};

constexpr std::array kSettings = {
    TemplateSetting{"header_prefix", "", "Written first on every line, as it stands."},
    TemplateSetting{"header_delim", "|", "Written behind each part of the header."},
    TemplateSetting{"escape_header", "", "Replacements in header parts: \"from\":\"to\",..."},
    TemplateSetting{"escape_ext", "", "Replacements in values, likewise."},
    TemplateSetting{"key_val_delim", "=", "Between a key and its value."},
    TemplateSetting{"field_delim", "", "Between two pairs; empty: one blank; \\t: a tab."},
    TemplateSetting{"val_enclosure", "", "Put before and behind each value."},
    TemplateSetting{"time_fields", "", "Keys whose value is a time to be written by time_format."},
    TemplateSetting{"time_format", "yyyy-MM-dd HH:mm:ss", "Pattern of Java's date formats."},
    TemplateSetting{"event_type_field", "", "Path whose value names the section of an event."},
    TemplateSetting{"event_subtype_field", "",
                    "Path that stands for the name of the sub-event; sub-events are members of "
                    "what is before its last dot."},
    TemplateSetting{"max_length", "0", "Most bytes of a line; 0: no bound."},
    TemplateSetting{"correlation_key", "",
                    "A last pair with this key and the event's identity, the same on all lines of "
                    "an event; empty: none."},
};

constexpr std::array kChoices = {
    TemplateSetting{"missing", "left-out",
                    "A path that leads nowhere, or to null: the key and its label are left out, or "
                    "written with an empty value.",
                    kMissing},
    TemplateSetting{"objects", "json",
                    "An object or array as value: its JSON text, the form map[key:value] of Go "
                    "programs, or as if it were missing.",
                    kObjects},
    TemplateSetting{"over-length", "cut", "A line longer than max_length is cut or left out.",
                    kOverLength},
    TemplateSetting{"zone", "UTC",
                    "Time zone of time_fields: UTC, local (this machine's), or a name such as "
                    "Europe/Berlin."},
    TemplateSetting{"duplicates", "last",
                    "A key twice in a section: the last value at the place of the first, the first "
                    "value, or both.",
                    kDuplicates},
    TemplateSetting{"unlisted-switch", "on",
                    "A section that [Sections] does not name is used or not.", kUnlisted},
    TemplateSetting{"empty", "written", "An empty text is a value, or as if it were missing.",
                    kEmpty},
    TemplateSetting{"floats", "shortest",
                    "Numbers with a point or an exponent: 8.5e+00, 8.500000e+00, or 8.5.", kFloats},
    TemplateSetting{"sub-order", "mapping",
                    "Lines of sub-events in the order of the sections, or of the event's members.",
                    kSubOrder},
};

const TemplateSetting* find_setting(std::string_view name) {
  const auto named = [&](const TemplateSetting& one) { return one.name == name; };
  if (const auto found = std::find_if(kSettings.begin(), kSettings.end(), named);
      found != kSettings.end())
    return &*found;
  const auto found = std::find_if(kChoices.begin(), kChoices.end(), named);
  return found == kChoices.end() ? nullptr : &*found;
}

std::string joined(std::span<const std::string_view> names) {
  std::string out;
  for (const auto name : names)
    out += (out.empty() ? "" : ", ") + std::string{name};
  return out;
}

Failure unknown_setting(const std::string& place, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& one : kSettings)
    names.emplace_back(one.name);
  for (const auto& one : kChoices)
    names.emplace_back(one.name);
  const auto near = nearest_word(name, names);
  return template_failure("template/setting", place, "there is no setting '" + name + "'",
                          near ? "did you mean '" + *near + "'?" : "remove it");
}

}  // namespace

std::span<const TemplateSetting> template_settings() {
  return kSettings;
}
std::span<const TemplateSetting> template_choices() {
  return kChoices;
}

Failure template_failure(const std::string& code, const std::string& place, const std::string& what,
                         std::string next_step) {
  return {.verdict = Verdict::stop,
          .code = code,
          .cause = place + ": " + what,
          .consequence = {},
          .next_step = std::move(next_step)};
}

Result<TemplateSettings> TemplateSettings::read(const IniFile& file) {
  TemplateSettings out;
  const auto take = [&](const TemplateSetting& one) {
    out.values_[std::string{one.name}] = {
        .text = std::string{one.fallback}, .untrimmed = {}, .place = file.name};
  };
  std::for_each(kSettings.begin(), kSettings.end(), take);
  std::for_each(kChoices.begin(), kChoices.end(), take);
  const auto* section = file.find("Template");
  if (section == nullptr) return out;
  for (const auto& entry : section->entries) {
    const auto place = file.name + ":" + std::to_string(entry.line);
    const auto* setting = find_setting(entry.key);
    if (setting == nullptr) return fail(unknown_setting(place, entry.key));
    const auto& choices = setting->choices;
    if (!choices.empty() && std::find(choices.begin(), choices.end(), entry.value) == choices.end())
      return fail(template_failure("template/setting", place,
                                   "'" + entry.key + "' cannot be '" + entry.value + "'",
                                   "choose one of " + joined(choices)));
    out.values_[entry.key] = {.text = entry.value, .untrimmed = entry.untrimmed, .place = place};
  }
  return out;
}

const std::string& TemplateSettings::text(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) throw std::logic_error("no template setting " + std::string{name});
  return found->second.text;
}

std::string TemplateSettings::place(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::string{} : found->second.place;
}

std::string TemplateSettings::delimiter(std::string_view name) const {
  const auto& value = text(name);
  const auto& untrimmed = values_.find(name)->second.untrimmed;
  // A tab written as itself looks like white space around nothing.
  if (value.empty() && untrimmed.find('\t') != std::string::npos) return "\t";
  return decode_escapes(value);
}

}  // namespace cistern::codec
