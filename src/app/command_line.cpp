#include "app/command_line.hpp"

#include "app/command_options.hpp"
#include "app/commands.hpp"
#include "base/clock.hpp"
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

void add_run(CLI::App& root, Chosen& chosen) {
  auto* app = root.add_subcommand("run", "Collect and deliver until stopped.");
  app->footer(
      "SIGINT and SIGTERM stop it in order: connectors first, then every stored event is "
      "delivered, then the\n"
      "store is closed. A second signal stops at once; nothing is lost either way.\n\n"
      "Examples:\n"
      "  cistern run -c /etc/cistern/cistern.yaml\n"
      "  cistern run --live                 a table drawn again each second\n"
      "  cistern run --falcon-config /opt/crowdstrike/etc/cs.falconhoseclient.cfg\n"
      "  cistern run --for 10m --report end.json");
  auto options = choose<RunCommand>(app, chosen, run);
  add_configuration(app, options->configuration);
  app->add_option("--falcon-config", options->falcon_configuration,
                  "Run what this configuration of the Falcon SIEM Connector asks for (a file, or a "
                  "folder with one .cfg for each tenant); the store is $CISTERN_STORE, else "
                  "/var/lib/cistern.")
      ->type_name("FILE")
      ->excludes("--config");
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
      "Asks the login service and the vendor's interface what a running connector would ask, each "
      "question for at most 10 seconds. It stores nothing, and may run beside `cistern run`. Only "
      "a "
      "start tells whether auditing is on, so for Microsoft 365 at most one subscription that "
      "`cistern run` would start is started; none that has a webhook.\n\nExit code 1 when a probe "
      "fails.\n\nExamples:\n  cistern doctor\n  cistern doctor "
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
  app->add_option("--format", options->format, "ecs, raw, envelope, cef, leef or falcon-pretty.")
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
      "A line of input is a raw record (of syslog and of log files: the line as it came), or\n"
      "{\"raw\": ..., \"meta\": {...}, \"stream\": ...} with raw as text or as a value.\n"
      "A line of output is the document, or null for a dropped record, in the same order.\n\n"
      "Examples:\n  cistern normalize microsoft_365 < records.ndjson > ecs.ndjson\n"
      "  cistern normalize microsoft_365 --options tenants.yaml --mappings ./my-mappings < in > "
      "out\n"
      "  cistern normalize syslog < /var/log/firewall.log > ecs.ndjson");
  auto options = choose<NormalizeCommand>(app, chosen, normalize);
  app->add_option("type", options->type, "Kind of connector.")->required()->type_name("TYPE");
  app->add_option("--stream", options->stream,
                  "Stream that the records belong to. Syslog messages tell it themselves.")
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
      "ID is cistern.id (32 hexadecimal digits) or the event's sequence number.\n\n"
      "The time beside a destination is when its confirmation became durable in the store, at "
      "most\n"
      "some seconds after the destination confirmed. It is read from the log, and is there as "
      "long\n"
      "as the event is. Fields are named as today's mapping sees them; its version is the hash of\n"
      "mapping and options.\n\nExamples:\n"
      "  cistern explain 4f1c0d7a9b2e4c5d8f6a7b8c9d0e1f2a\n"
      "  cistern explain 1042 --json | jq '.destinations[] | {destination, standing, at}'");
  auto options = choose<ExplainCommand>(app, chosen, explain);
  add_configuration(app, options->configuration);
  app->add_option("id", options->id, "cistern.id or sequence.")->required()->type_name("ID");
  add_json(app, options->json);
}

/// A moment: RFC 3339 text, or a duration back from now.
void add_moment(CLI::App* app, const std::string& name, const std::string& text,
                std::optional<TimePoint>& target) {
  app->add_option_function<std::string>(
         name,
         [name, &target](const std::string& value) {
           const auto back = config::parse_duration(value);
           target = back ? std::optional{SystemClock{}.now() - *back} : parse_time(value);
           if (!target) {
             throw CLI::ValidationError(name, "'" + value +
                                                  "' is no moment; write 2026-03-02T09:00Z, "
                                                  "2026-03-02, or 12h for 12 hours ago");
           }
         },
         text)
      ->type_name("MOMENT");
}

void add_coverage(CLI::App& root, Chosen& chosen) {
  auto* app = root.add_subcommand(
      "coverage", "What is proven complete, hour by hour, and every gap with its reason.");
  app->footer(
      "Each hour of each stream is one of\n"
      "  whole             all that the vendor offered for it is stored\n"
      "  filling           still being read; nothing is lost\n"
      "  gap               something is not stored: why, and until when the vendor still has it\n"
      "  no data expected  before collecting began\n"
      "An hour is the hour in which the vendor made the content available. Where the store was\n"
      "damaged, every hour that may be hit is a gap: doubt never reads as whole.\n"
      "\n"
      "With --verify the vendor is asked again, by listing alone, what it offered (without "
      "--from:\n"
      "in the last 24 hours), and what the store does not have is named. This works beside a "
      "running\n"
      "cistern: the store is only read, and at most four requests a second are made, one at a\n"
      "time. Microsoft 365 lists 7 days.\n"
      "\n"
      "Exit code 1 when there is a gap, with --verify when anything is missing, lost or short.\n"
      "\nExamples:\n"
      "  cistern coverage\n"
      "  cistern coverage contoso-audit --stream audit.exchange --from 3d\n"
      "  cistern coverage --json | jq '.streams[].hours[] | select(.state == \"gap\")'\n"
      "  cistern coverage --verify --from 2026-03-01 --to 2026-03-02");
  auto options = choose<CoverageCommand>(app, chosen, coverage);
  add_configuration(app, options->configuration);
  app->add_option("connector", options->connector, "Only this connector.")->type_name("NAME");
  app->add_option("--stream", options->stream, "Only this stream.")->type_name("STREAM");
  add_moment(app, "--from", "Begin there; without it where collecting began.", options->from);
  add_moment(app, "--to", "End there; without it now.", options->to);
  app->add_flag("--verify", options->verify, "Ask the vendor again and compare.");
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
  auto* repair = app->add_subcommand(
      "repair", "Say what is wrong with a store and how it is put right; with --yes do it.");
  repair->footer(
      "Rebuilds the index and the identity files from the log, moves damaged groups to the "
      "store's\n"
      "folder damaged/, records and names the events that are lost with them, and takes their\n"
      "places in the ledger back, so that they show as gaps and are stored when the vendor gives\n"
      "them again. `cistern run` does the same for what it meets; repair looks at everything.\n\n"
      "Without --yes nothing is changed, and the exit code is 1 when there is something to "
      "repair.\n"
      "Refused while a cistern has the store open.\n\nExamples:\n"
      "  cistern store repair --path /var/lib/cistern\n"
      "  cistern store repair --path /var/lib/cistern --yes");
  auto repair_options = choose<StoreCommand>(repair, chosen, store_repair);
  add_configuration(repair, repair_options->configuration);
  repair
      ->add_option("--path", repair_options->path,
                   "The store's folder, instead of a configuration.")
      ->type_name("FOLDER");
  repair->add_flag("--yes", repair_options->yes, "Do it.");
  add_json(repair, repair_options->json);
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
  add_import_commands(*root, chosen);
  add_change_commands(*root, chosen);
  add_secret_commands(*root, chosen);
  add_tool_commands(*root, chosen);
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

CommandEntry all_commands() {
  Chosen chosen;
  return command_tree(*make_command_line(chosen));
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
