#include "app/command_line.hpp"

#include "app/commands.hpp"
#include "config/options.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <sstream>

#include <CLI/CLI.hpp>

namespace cistern::app {
namespace {

constexpr const char* kExitCodes =
    "Exit codes: 0 well; 1 the command found something wrong; 2 wrong usage; 3 unusable "
    "configuration;\n"
    "4 unusable store; 5 no cistern is running; 6 anything else.";

/// Collects the command that the user chose, to be run after parsing.
struct Chosen {
  std::function<ExitCode(const Output&)> command;
};

template <class Options>
std::shared_ptr<Options> choose(CLI::App* app, Chosen& chosen,
                                ExitCode (*function)(const Options&, const Output&)) {
  auto options = std::make_shared<Options>();
  app->callback([options, function, &chosen] {
    chosen.command = [options, function](const Output& output) {
      return function(*options, output);
    };
  });
  return options;
}

void add_configuration(CLI::App* app, std::string& target) {
  app->add_option("-c,--config", target,
                  "Configuration file; without it $CISTERN_CONFIG, ./cistern.yaml, "
                  "/etc/cistern/cistern.yaml.")
      ->type_name("FILE");
}

void add_json(CLI::App* app, bool& target) {
  app->add_flag("--json", target, "Print JSON for programs instead of text for people.");
}

CLI::Option* add_duration(CLI::App* app, const std::string& name, const std::string& text,
                          std::function<void(Duration)> set) {
  return app
      ->add_option_function<std::string>(
          name,
          [set = std::move(set), name](const std::string& value) {
            const auto parsed = config::parse_duration(value);
            if (!parsed)
              throw CLI::ValidationError(
                  name, "'" + value + "' is no duration; write 30s, 5m, 12h or 7d");
            set(*parsed);
          },
          text)
      ->type_name("DURATION");
}

void add_run(CLI::App& root, Chosen& chosen) {
  auto* app = root.add_subcommand("run", "Collect and deliver until stopped.");
  app->footer(
      "SIGINT and SIGTERM stop it in order: connectors first, then every stored event is "
      "delivered, then the\n"
      "store is closed. A second signal stops at once; nothing is lost either way.\n\n"
      "Examples:\n"
      "  cistern run -c /etc/cistern/cistern.yaml\n"
      "  cistern run --live                 a table drawn again each second\n"
      "  cistern run --for 10m --report end.json");
  auto options = choose<RunCommand>(app, chosen, run);
  add_configuration(app, options->configuration);
  app->add_flag("--live", options->live,
                "Show a live table of connectors and destinations; the log goes to a file beside "
                "the store's folder (store.log).");
  add_duration(app, "--for", "End by itself after so long.",
               [options](Duration value) { options->duration = value; });
  add_duration(app, "--complete-within",
               "When told to end, first store everything that was readable at that moment, for at "
               "most so long.",
               [options](Duration value) { options->complete_within = value; });
  app->add_option("--report", options->report, "Write a JSON report there at the end.")
      ->type_name("FILE");
}

void add_check(CLI::App& root, Chosen& chosen) {
  auto* app =
      root.add_subcommand("check", "Find every mistake in a configuration, with line and cure.");
  app->footer(
      "Nothing is started and nothing is sent.\n\nExample:\n  cistern check -c cistern.yaml");
  auto options = choose<CheckCommand>(app, chosen, check);
  add_configuration(app, options->configuration);
  app->add_option("file", options->configuration, "The file, instead of -c.")->type_name("FILE");
  add_json(app, options->json);
}

void add_guide(CLI::App& root, Chosen& chosen) {
  auto* app =
      root.add_subcommand("guide", "Explain step by step how to set up a source at its vendor.");
  app->footer(
      "With -c and a connector's name your own values are filled in.\n\n"
      "Examples:\n  cistern guide                      the kinds of source\n"
      "  cistern guide microsoft_365\n  cistern guide microsoft_365 -c cistern.yaml --connector "
      "contoso-audit");
  auto options = choose<GuideCommand>(app, chosen, guide);
  app->add_option("type", options->type, "Kind of connector, for example microsoft_365.")
      ->type_name("TYPE");
  add_configuration(app, options->configuration);
  app->add_option("--connector", options->connector, "Fill in the values of this connector.")
      ->type_name("NAME");
  add_json(app, options->json);
}

void add_doctor(CLI::App& root, Chosen& chosen) {
  auto* app =
      root.add_subcommand("doctor", "Probe the vendors live and name the cure of what is wrong.");
  app->footer(
      "Exit code 1 when a probe fails.\n\nExamples:\n  cistern doctor\n  cistern doctor "
      "contoso-audit --json");
  auto options = choose<DoctorCommand>(app, chosen, doctor);
  add_configuration(app, options->configuration);
  app->add_option("connectors", options->connectors, "Names of connectors; without any, all.")
      ->type_name("NAME");
  add_json(app, options->json);
}

void add_status(CLI::App& root, Chosen& chosen) {
  auto* app = root.add_subcommand(
      "status", "What a running cistern is doing; without one, what its store holds.");
  app->footer(
      "Examples:\n  cistern status\n  cistern status --watch\n  cistern status --json | jq "
      "'.connectors[].words'");
  auto options = choose<StatusCommand>(app, chosen, status);
  add_configuration(app, options->configuration);
  app->add_flag("-w,--watch", options->watch, "Show it again each second until interrupted.");
  add_json(app, options->json);
}

void add_tail(CLI::App& root, Chosen& chosen) {
  auto* app =
      root.add_subcommand("tail", "Show the newest events, and new ones as they are stored.");
  app->footer(
      "Reads the store beside a running cistern.\n\nExamples:\n  cistern tail\n"
      "  cistern tail --connector contoso-audit --stream audit.exchange --format raw\n"
      "  cistern tail -n 100 --no-follow | jq -r .event.action | sort | uniq -c");
  auto options = choose<TailCommand>(app, chosen, tail);
  add_configuration(app, options->configuration);
  app->add_option("--connector", options->connector, "Only this connector.")->type_name("NAME");
  app->add_option("--stream", options->stream, "Only this stream.")->type_name("STREAM");
  app->add_option("--format", options->format, "ecs, raw or envelope.")
      ->check(CLI::IsMember({"ecs", "raw", "envelope"}))
      ->capture_default_str();
  app->add_option("-n,--last", options->last, "Events shown first.")->capture_default_str();
  app->add_flag("!--no-follow", options->follow, "End after the newest event.");
  app->add_option("--count", options->count, "End after so many events.");
}

void add_normalize(CLI::App& root, Chosen& chosen) {
  auto* app =
      root.add_subcommand("normalize", "Run the ECS view offline: records in, documents out.");
  app->footer(
      "A line of input is a raw record, or {\"raw\": ..., \"meta\": {...}} with raw as text or as "
      "a value.\n"
      "A line of output is the document, or null for a dropped record, in the same order.\n\n"
      "Examples:\n  cistern normalize microsoft_365 < records.ndjson > ecs.ndjson\n"
      "  cistern normalize microsoft_365 --options tenants.yaml --mappings ./my-mappings < in > "
      "out");
  auto options = choose<NormalizeCommand>(app, chosen, normalize);
  app->add_option("type", options->type, "Kind of connector.")->required()->type_name("TYPE");
  app->add_option("--stream", options->stream, "Stream that the records belong to.")
      ->type_name("STREAM");
  app->add_option("--options", options->options,
                  "YAML file with the connector's options that mappings read (tenant_names, ...).")
      ->type_name("FILE");
  app->add_option("--mappings", options->mappings,
                  "Folder whose files replace built-in mappings of the same name.")
      ->type_name("FOLDER");
  app->add_flag("--original", options->original, "Add event.original.");
  app->add_flag(
      "--drift", options->drift,
      "At the end, report to standard error which fields the mappings do not know and which "
      "had an unexpected type.");
}

void add_explain(CLI::App& root, Chosen& chosen) {
  auto* app = root.add_subcommand(
      "explain", "Tell one event's way: where it came from, how it was mapped, who has it.");
  app->footer(
      "ID is cistern.id (32 hexadecimal digits) or the event's sequence number.\n\nExample:\n  "
      "cistern explain 4f1c0d7a9b2e4c5d8f6a7b8c9d0e1f2a");
  auto options = choose<ExplainCommand>(app, chosen, explain);
  add_configuration(app, options->configuration);
  app->add_option("id", options->id, "cistern.id or sequence.")->required()->type_name("ID");
  add_json(app, options->json);
}

void add_coverage(CLI::App& root, Chosen& chosen) {
  auto* app =
      root.add_subcommand("coverage", "What is proven complete, and every gap with its reason.");
  app->footer(
      "Exit code 1 when there is a gap.\n\nExamples:\n  cistern coverage\n  cistern coverage "
      "contoso-audit --json");
  auto options = choose<CoverageCommand>(app, chosen, coverage);
  add_configuration(app, options->configuration);
  app->add_option("connector", options->connector, "Only this connector.")->type_name("NAME");
  add_json(app, options->json);
}

void add_store(CLI::App& root, Chosen& chosen) {
  auto* app = root.add_subcommand("store", "Look into a store without a running cistern.");
  app->require_subcommand(1);
  auto* verify =
      app->add_subcommand("verify", "Read everything and check every checksum, sequence and line.");
  verify->footer(
      "Changes nothing. Exit code 1 when something is damaged.\n\nExample:\n  cistern store verify "
      "--path /var/lib/cistern");
  auto verify_options = choose<StoreCommand>(verify, chosen, store_verify);
  add_configuration(verify, verify_options->configuration);
  verify
      ->add_option("--path", verify_options->path,
                   "The store's folder, instead of a configuration.")
      ->type_name("FOLDER");
  add_json(verify, verify_options->json);
  auto* dump = app->add_subcommand("dump", "Print every event of the store as NDJSON.");
  dump->footer(
      "The same lines as zstdcat prints, in order.\n\nExample:\n  cistern store dump --from 1000 | "
      "jq -r .raw.Operation");
  auto dump_options = choose<StoreCommand>(dump, chosen, store_dump);
  add_configuration(dump, dump_options->configuration);
  dump->add_option("--path", dump_options->path, "The store's folder, instead of a configuration.")
      ->type_name("FOLDER");
  dump->add_option("--from", dump_options->from, "First sequence to print.")->capture_default_str();
  dump->add_flag("--control", dump_options->control,
                 "Also print each group's control frame as a JSON object.");
}

void add_lab(CLI::App& root, Chosen& chosen) {
  auto* app = root.add_subcommand(
      "lab", "Simulated vendors on loopback, strict, with faults and a ground truth.");
  app->footer(
      "Examples:\n  cistern lab                        Microsoft 365 at http://127.0.0.1:28365\n"
      "  cistern lab --faults hostile --tenants 3\n"
      "  cistern lab verify --lab http://127.0.0.1:28365 --store ./store --output events.ndjson");
  app->require_subcommand(0, 1);
  auto options = choose<LabCommand>(app, chosen, lab);
  app->add_option("--port", options->port, "Port on 127.0.0.1; 0 takes any free one.")
      ->capture_default_str();
  app->add_option("--port-file", options->port_file, "Write the port there once the lab listens.")
      ->type_name("FILE");
  app->add_option("--seed", options->seed, "The same seed gives the same events.")
      ->capture_default_str();
  add_duration(app, "--history", "Backdated content present at the start (7d).",
               [options](Duration value) { options->history = value; });
  app->add_option("--history-per-hour", options->history_per_hour,
                  "Records an hour and tenant in the history.")
      ->capture_default_str();
  app->add_option("--live-per-second", options->live_per_second,
                  "Records a second and tenant from then on.")
      ->capture_default_str();
  app->add_option("--tenants", options->tenants, "Number of tenants.")->capture_default_str();
  app->add_option("--faults", options->faults, "calm, ordinary or hostile.")
      ->check(CLI::IsMember({"calm", "ordinary", "hostile"}))
      ->capture_default_str();
  app->add_option("--planted-gaps", options->planted_gaps,
                  "Blobs of the history that expire before they can be fetched.")
      ->capture_default_str();

  app->add_option("--requests-per-minute", options->requests_per_minute,
                  "Requests of one tenant and publisher before they are throttled; 0: no limit.")
      ->capture_default_str();

  auto* verify =
      app->add_subcommand("verify", "Compare a store and outputs with the lab's ground truth.");
  verify->footer("Exit code 1 when anything was lost, repeated or altered.");
  auto proof = std::make_shared<LabVerifyCommand>();
  app->callback([verify, options, proof, &chosen] {
    if (verify->parsed()) {
      chosen.command = [proof](const Output& output) { return lab_verify(*proof, output); };
    } else {
      chosen.command = [options](const Output& output) { return lab(*options, output); };
    }
  });
  verify->add_option("--lab", proof->lab, "URL of the running lab.")->type_name("URL");
  verify->add_option("--truth", proof->truth, "File with the truth, instead of a running lab.")
      ->type_name("FILE");
  verify->add_option("--store", proof->store, "The store's folder.")->type_name("FOLDER");
  verify->add_option("--output", proof->outputs, "Files written by a destination, in order.")
      ->type_name("FILE");
  verify->add_option("--format", proof->format, "Format of the outputs.")
      ->check(CLI::IsMember({"ecs", "raw"}))
      ->capture_default_str();
  verify
      ->add_option("--report", proof->report,
                   "Report of `cistern run --report`: says when collecting ended.")
      ->type_name("FILE");
  add_duration(verify, "--settle",
               "What became readable later than this before the end is not owed (15s).",
               [proof](Duration value) { proof->settle = value; });
  add_json(verify, proof->json);
}

void add_docs(CLI::App& root, Chosen& chosen) {
  auto* app = root.add_subcommand("docs", "Write the reference pages that are made from the code.");
  app->footer(
      "Examples:\n  cistern docs --out docs/reference\n  cistern docs --out docs/reference "
      "--compare\n  cistern docs --schema > cistern.schema.json");
  auto options = choose<DocsCommand>(app, chosen, docs);
  app->add_option("--out", options->folder,
                  "Folder for the pages; without it their names are listed.")
      ->type_name("FOLDER");
  app->add_flag("--compare", options->compare,
                "Write nothing; exit 1 when a page in the folder differs.");
  app->add_flag("--schema", options->schema,
                "Print the JSON Schema of the configuration file, for editors.");
}

void add_version(CLI::App& root, Chosen& chosen) {
  auto* app = root.add_subcommand("version", "Print version and build.");
  auto options = choose<VersionCommand>(app, chosen, version);
  add_json(app, options->json);
}

std::unique_ptr<CLI::App> make_command_line(Chosen& chosen) {
  auto root = std::make_unique<CLI::App>(
      "cistern collects the security logs of cloud products, keeps every event exactly once in a "
      "store of\n"
      "your own, normalises it to ECS and delivers it to your SIEM.",
      "cistern");
  root->require_subcommand(1);
  root->set_help_flag("-h,--help", "Explain this command.");
  root->set_version_flag("--version", std::string{"cistern "} + CISTERN_VERSION);
  root->footer(
      std::string{"Start with: cistern guide, cistern check, cistern doctor, cistern run.\n"} +
      kExitCodes);
  add_run(*root, chosen);
  add_check(*root, chosen);
  add_guide(*root, chosen);
  add_doctor(*root, chosen);
  add_status(*root, chosen);
  add_tail(*root, chosen);
  add_normalize(*root, chosen);
  add_explain(*root, chosen);
  add_coverage(*root, chosen);
  add_store(*root, chosen);
  add_lab(*root, chosen);
  add_docs(*root, chosen);
  add_version(*root, chosen);
  return root;
}

void append_page(std::ostringstream& page, const CLI::App& app, const std::string& parent) {
  const auto name = parent.empty() ? app.get_name() : parent + " " + app.get_name();
  page << "## " << name << "\n\n```text\n" << app.help(parent) << "```\n\n";
  for (const auto* command : app.get_subcommands({}))
    append_page(page, *command, name);
}

}  // namespace

int command_line(int argc, char** argv) {
  // A closed pipe (`cistern tail | head`) is an ordinary end, seen when writing.
  std::signal(SIGPIPE, SIG_IGN);
  Chosen chosen;
  const auto root = make_command_line(chosen);
  try {
    root->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked_for_help = error.get_exit_code() == 0;
    root->exit(error);
    return static_cast<int>(asked_for_help ? ExitCode::ok : ExitCode::usage);
  }
  const Output output;
  try {
    return static_cast<int>(chosen.command(output));
  } catch (const std::exception& error) {
    output.note(std::string{"error cistern/bug: "} + error.what());
    output.note(
        "  next step:   this is a fault of cistern itself; please report it with the command and "
        "this line");
    return static_cast<int>(ExitCode::failed);
  }
}

std::string commands_page() {
  Chosen chosen;
  const auto root = make_command_line(chosen);
  std::ostringstream page;
  page << "# Commands\n\nMade from the code by `cistern docs`.\n\n";
  append_page(page, *root, "");
  return page.str();
}

}  // namespace cistern::app
