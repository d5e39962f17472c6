#include "config/loader.hpp"
#include "config/units.hpp"

#include <string>

namespace cistern::config {
namespace {

std::string type_words(const Option& option) {
  switch (option.type) {
    case OptionType::text:
      return "text";
    case OptionType::secret:
      return "secret: `${env:NAME}`, `${file:PATH}`, `${credential:NAME}` or `${sealed:NAME}`; "
             "never "
             "printed";
    case OptionType::path:
      return "path, relative to the folder of the configuration file";
    case OptionType::integer:
      return "whole number";
    case OptionType::boolean:
      return "`true` or `false`";
    case OptionType::duration:
      return "duration";
    case OptionType::size:
      return "size";
    case OptionType::choice:
      return "one of the choices";
    case OptionType::list:
      return option.choices.empty() ? "list of texts" : "list of the choices";
    case OptionType::map:
      return "names with texts";
    case OptionType::rows:
      return "list of rules";
  }
  return {};
}

std::string_view reload_words(Reload reload) {
  switch (reload) {
    case Reload::live:
      return "at once, when the configuration is read again";
    case Reload::restart_component:
      return "when the configuration is read again; this component is restarted";
    case Reload::restart:
      return "when cistern is restarted";
  }
  return {};
}

std::string code(std::string_view text) {
  return "`" + std::string{text} + "`";
}

std::string choices_text(const Option& option) {
  std::string out;
  for (const std::string_view choice : option.choices)
    out += (out.empty() ? "" : ", ") + code(choice);
  return out;
}

void add_option(std::string& page, const Option& option, std::string_view heading) {
  page +=
      std::string{heading} + " " + code(option.name) + "\n\n" + std::string{option.text} + "\n\n";
  page += "- Type: " + type_words(option) + "\n";
  if (!option.choices.empty()) page += "- Choices: " + choices_text(option) + "\n";
  page += "- Required: " + std::string{option.required ? "yes" : "no"} + "\n";
  if (!option.required)
    page += "- Default: " + (option.fallback.empty() ? "none" : code(option.fallback)) + "\n";
  const std::string range = range_text(option);
  if (!range.empty()) page += "- Range: " + range + "\n";
  page += "- A change takes effect: " + std::string{reload_words(option.reload)} + "\n";
  if (!option.example.empty())
    page +=
        "- Example: " + code(std::string{option.name} + ": " + std::string{option.example}) + "\n";
  for (const Option& column : option.columns.all())
    page += "- " + code(column.name) + " in a rule: " + std::string{column.text} + "\n";
  page += "\n";
}

void add_options(std::string& page, std::span<const Option> options, std::string_view heading) {
  for (const Option& option : options)
    add_option(page, option, heading);
}

void add_section(std::string& page, std::string_view title, std::string_view introduction,
                 std::span<const Option> options) {
  if (options.empty()) return;
  page += "## " + std::string{title} + "\n\n" + std::string{introduction} + "\n\n";
  add_options(page, options, "###");
}

constexpr std::string_view kIntroduction = R"(# Configuration

One YAML file with four parts: `store`, `telemetry`, `connectors` and `destinations`. Each connector and each
destination has a name of your choice (a-z, 0-9, `_` and `-`, at most 63 characters) and a `type`, which decides what
other options it has. Positions belong to these names: a renamed connector begins anew.

Unknown names are errors, so that a typing error cannot go unnoticed; `cistern check` shows all of them at once.
Anchors, aliases and tags of YAML are not read.

)";

constexpr std::string_view kValues = R"(## Values

- **Duration**: numbers with the units `w`, `d`, `h`, `m`, `s` and `ms`, the longest first: `30s`, `12h`, `7d`, `1h30m`.
- **Size**: a whole number with `B`, `KB`, `KiB`, `MB`, `MiB`, `GB`, `GiB`, `TB` or `TiB`: `512KiB`, `100GiB`. `K` to `T`
  with an `i` are powers of 1024, without it powers of 1000. A number alone counts bytes.
- **Secret**: a reference that is the whole value. `${env:NAME}` reads an environment variable, `${file:PATH}` a file
  (one line break at its end is cut), `${credential:NAME}` a file that systemd passes with `LoadCredential=`, and
  `${sealed:NAME}` what `cistern secret set NAME` has sealed beside the store's events. The forms `{env: NAME}`,
  `{file: PATH}`, `{credential: NAME}` and `{sealed: NAME}` mean the same. A secret written into the file works, with a
  warning. Between `[ ]` or `{ }`, put quotes around `${...}`.

)";

std::string type_list(const std::vector<ComponentType>& types, std::string_view folder) {
  std::string out;
  for (const ComponentType& type : types)
    out += "- [" + std::string{type.name} + "](" + std::string{folder} + "/" +
           std::string{type.name} + ".md): " + std::string{type.summary} + "\n";
  return out;
}

std::string main_page(const Schema& schema) {
  std::string page{kIntroduction};
  page += "Connectors:\n\n" + type_list(schema.connectors, "connectors") + "\n";
  page += "Destinations:\n\n" + type_list(schema.destinations, "destinations") + "\n";
  page += kValues;
  add_section(page, "store", "Where events are kept. These options stand below `store:`.",
              schema.store);
  add_section(page, "telemetry", "Metrics and log. These options stand below `telemetry:`.",
              schema.telemetry);
  add_section(page, "Every connector", "Every connector has these besides the options of its type.",
              schema.common_connector);
  add_section(page, "Every destination",
              "Every destination has these besides the options of its type.",
              schema.common_destination);
  page.pop_back();
  return page;
}

/// The least that a component of this type needs.
std::string sample(const ComponentType& type, std::string_view section, std::string_view name) {
  std::string out = "```yaml\n" + std::string{section} + ":\n  " + std::string{name} +
                    ":\n    type: " + std::string{type.name} + "\n";
  for (const Option& option : type.options)
    if (option.required)
      out += "    " + std::string{option.name} + ": " + std::string{option.example} + "\n";
  return out + "```\n\n";
}

std::string component_page(const ComponentType& type, std::string_view section,
                           std::string_view name) {
  std::string page = "# " + std::string{type.name} + "\n\n" + std::string{type.summary} + "\n\n";
  page += sample(type, section, name);
  page += "The options of every " + std::string{section.substr(0, section.size() - 1)} +
          " are in [configuration.md](../configuration.md).\n\n";
  add_options(page, type.options, "##");
  page.pop_back();
  return page;
}

}  // namespace

std::map<std::string, std::string> reference_pages(const Schema& schema) {
  std::map<std::string, std::string> pages;
  pages["configuration.md"] = main_page(schema);
  for (const ComponentType& type : schema.connectors)
    pages["connectors/" + std::string{type.name} + ".md"] =
        component_page(type, "connectors", "my-connector");
  for (const ComponentType& type : schema.destinations)
    pages["destinations/" + std::string{type.name} + ".md"] =
        component_page(type, "destinations", "my-destination");
  return pages;
}

}  // namespace cistern::config
