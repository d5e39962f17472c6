#include "config/manual.hpp"

#include "config/roff.hpp"
#include "config/units.hpp"

namespace cistern::config {
namespace {

std::string facts(const Option& option) {
  std::string out{type_name(option.type)};
  std::string choices;
  for (const auto choice : option.choices)
    choices += (choices.empty() ? " `" : ", `") + std::string{choice} + "`";
  out += choices;
  if (const auto range = range_text(option); !range.empty()) out += ", " + range;
  if (option.required) out += "; required";
  if (!option.fallback.empty()) out += "; default `" + std::string{option.fallback} + "`";
  if (option.reload == Reload::restart) out += "; a change needs a restart";
  return "(" + out + ")";
}

void add_options(std::string& page, std::span<const Option> options) {
  for (const auto& option : options) {
    page += ".TP\n.B " + roff_argument(option.name) + "\n" + roff_text(option.text) + ".br\n" +
            roff_text(facts(option));
    if (!option.example.empty())
      page += ".br\n" + roff_text("Example: `" + std::string{option.name} + ": " +
                                  std::string{option.example} + "`");
    for (const auto& column : option.columns.all())
      page += ".br\n" + roff_text("In a rule, `" + std::string{column.name} +
                                  "`: " + std::string{column.text});
  }
}

void add_section(std::string& page, std::string_view title, std::string_view introduction,
                 std::span<const Option> options) {
  if (options.empty()) return;
  page += ".SH " + roff_argument(title) + "\n" + roff_text(introduction);
  add_options(page, options);
}

void add_types(std::string& page, std::string_view title, const std::vector<ComponentType>& types) {
  page += ".SH " + roff_argument(title) + "\n";
  for (const auto& type : types) {
    page +=
        ".SS " + roff_argument("type: " + std::string{type.name}) + "\n" + roff_text(type.summary);
    add_options(page, type.options);
  }
}

constexpr std::string_view kExample = R"(store:
  path: /var/lib/cistern
connectors:
  contoso-audit:
    type: microsoft_365
    tenant: contoso.onmicrosoft.com
    client_id: a6099727-0000-4000-8000-509acc563000
    client_secret: ${file:/etc/cistern/secrets/contoso-audit}
destinations:
  archive:
    type: file
    path: /var/log/cistern/audit.ndjson
)";

void add_values(std::string& page) {
  page += ".SH VALUES\n.TP\n.B duration\n" +
          roff_text(
              "Numbers with the units `w`, `d`, `h`, `m`, `s` and `ms`, the longest first: "
              "`30s`, `12h`, `1h30m`.") +
          ".TP\n.B size\n" +
          roff_text(
              "A whole number with `B`, `KB`, `KiB`, `MB`, `MiB`, `GB`, `GiB`, `TB` or "
              "`TiB`; a number alone counts bytes.") +
          ".TP\n.B path\n" + roff_text("Taken from the folder of the configuration file.") +
          ".TP\n.B secret\n" +
          roff_text(
              "`${env:NAME}`, `${file:PATH}`, `${credential:NAME}` (a file that systemd "
              "passes with `LoadCredential=`) or `${sealed:NAME}` (what `cistern secret set` "
              "sealed) as the whole value. It is never printed. A secret written into the file "
              "works, with a warning.");
}

}  // namespace

std::string manual_page(const Schema& schema, std::string_view version) {
  std::string page =
      roff_head("CISTERN.YAML", 5, version, "cistern.yaml", "configuration file of cistern");
  page += ".SH DESCRIPTION\n" +
          roff_text(
              "One YAML file with the parts `store`, `telemetry`, `connectors` and "
              "`destinations`. Each connector and each destination has a name of your "
              "choice (a-z, 0-9, `_` and `-`, at most 63 characters) and a `type`, which "
              "decides what other options it has. Positions belong to these names: a renamed "
              "connector begins anew. Unknown names are errors; `cistern check` shows all "
              "mistakes at once.") +
          ".SH EXAMPLE\n" + roff_lines(kExample);
  add_values(page);
  add_section(page, "STORE", "Where events are kept; below `store:`.", schema.store);
  add_section(page, "TELEMETRY", "Metrics and log; below `telemetry:`.", schema.telemetry);
  add_section(page, "EVERY CONNECTOR", "Besides the options of its type:", schema.common_connector);
  add_section(page, "EVERY DESTINATION",
              "Besides the options of its type:", schema.common_destination);
  add_types(page, "CONNECTORS", schema.connectors);
  add_types(page, "DESTINATIONS", schema.destinations);
  return page + ".SH SEE ALSO\n.BR cistern (1)\n";
}

}  // namespace cistern::config
