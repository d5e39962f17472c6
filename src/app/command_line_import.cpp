// import: what other programs left, as cistern's own configuration.
#include "app/command_options.hpp"
#include "app/commands.hpp"
#include "codec/text_template.hpp"

namespace cistern::app {
namespace {

/// The table of choices as help text: what is possible is said where it is decided.
std::string choices_help() {
  std::string text =
      "The connector's documentation leaves some things open. --choice NAME=VALUE decides them; "
      "the "
      "first value is taken otherwise:\n";
  for (const auto& choice : codec::template_choices()) {
    std::string values{choice.name == "zone" ? std::string_view{"local"} : choice.fallback};
    for (const auto value : choice.choices)
      if (value != choice.fallback) values += " | " + std::string{value};
    text += "  " + std::string{choice.name} + "=" + values + "\n      " + std::string{choice.text} +
            "\n";
  }
  return text;
}

}  // namespace

void add_import_commands(CLI::App& root, Chosen& chosen) {
  auto* import = root.add_subcommand("import", "Take over from another collector.");
  import->require_subcommand(1);
  auto* app = import->add_subcommand(
      "falcon-siem-connector",
      "Turn a cs.falconhoseclient.cfg into a configuration with the same outputs.");
  app->footer(
      "Without --out everything is printed and nothing is written. The old connector's files are "
      "only read.\nThe secret goes into a file of its own (mode 0600) and is never printed. What "
      "is "
      "not carried over, or behaves\ndifferently, is listed with file and line; exit code 1 when "
      "the result would not run.\n\n" +
      choices_help() +
      "\nExamples:\n  cistern import falcon-siem-connector "
      "/opt/crowdstrike/etc/cs.falconhoseclient.cfg\n"
      "  cistern import falcon-siem-connector cs.falconhoseclient.cfg --dry-run\n"
      "  cistern import falcon-siem-connector /opt/crowdstrike/config --out /etc/cistern/falcon\n"
      "  cistern import falcon-siem-connector old.cfg --events events.ndjson --lines --choice "
      "zone=UTC\n"
      "  cistern run --falcon-config cs.falconhoseclient.cfg      without writing anything");
  auto options = choose<ImportFalconCommand>(app, chosen, import_falcon);
  app->add_option("file", options->path,
                  "The connector's configuration, or a folder with one .cfg for each tenant.")
      ->required()
      ->type_name("FILE");
  app->add_option("--out", options->out,
                  "Write cistern.yaml, templates and secrets/ into this folder.")
      ->type_name("FOLDER");
  app->add_option("--store", options->store, "Folder of the store, for the configuration.")
      ->capture_default_str()
      ->type_name("FOLDER");
  app->add_option("--start", options->start,
                  "Where reading begins: now, oldest, or an offset; without it the old connector's "
                  "offset file, then its output, are asked.")
      ->type_name("PLACE");
  app->add_option("--choice", options->choices, "NAME=VALUE, see below; may be repeated.")
      ->type_name("CHOICE");
  app->add_flag("--dry-run", options->dry_run, "Print one converted event of each type.");
  app->add_option(
         "--events", options->events,
         "Events for --dry-run and --lines, one JSON object a line, instead of the samples "
         "inside the program.")
      ->type_name("FILE");
  app->add_flag("--lines", options->lines, "Print exactly what the output would hold for them.");
  add_json(app, options->json);
}

}  // namespace cistern::app
