// Commands beside the collecting: the lab, the service, the pages made from the code.
#include "app/command_options.hpp"
#include "app/commands.hpp"

#include <utility>

namespace cistern::app {
namespace {

// Devices that come to the collector by themselves.
void add_senders(CLI::App* app, const std::shared_ptr<LabCommand>& options) {
  app->add_option("--senders", options->senders_folder,
                  "Folder for the certificates and keys of the lab's senders, made when missing: "
                  "lab-ca.pem, collector.pem, collector.key, appliance.key.pub.")
      ->type_name("FOLDER");
  app->add_option("--syslog-udp", options->syslog_udp, "A lab firewall sends syslog there, by UDP.")
      ->type_name("HOST:PORT");
  app->add_option("--syslog-tcp", options->syslog_tcp, "The same by TCP.")->type_name("HOST:PORT");
  app->add_option("--syslog-tls", options->syslog_tls,
                  "The same by TLS; the collector shows collector.pem.")
      ->type_name("HOST:PORT");
  app->add_option("--syslog-relp", options->syslog_relp, "The same by RELP.")
      ->type_name("HOST:PORT");
  app->add_option("--syslog-per-second", options->syslog_per_second,
                  "Messages a second of each firewall while it is connected.")
      ->capture_default_str();
  app->add_option("--mail-ssh", options->mail_ssh,
                  "A lab mail appliance (Cisco Secure Email) pushes its logs there by SSH.")
      ->type_name("HOST:PORT");
  app->add_option("--mail-user", options->mail_user, "User that the appliance logs in as.")
      ->capture_default_str();
  app->add_option("--mail-directory", options->mail_directory, "Directory that it pushes to.")
      ->capture_default_str();
  add_duration(app, "--mail-history", "Logs of so long wait on the appliance at the start (6h).",
               [options](Duration value) { options->mail_history = value; });
  app->add_option("--mail-history-per-hour", options->mail_history_per_hour,
                  "Connections to the appliance an hour in that time.")
      ->capture_default_str();
  app->add_option("--mail-per-second", options->mail_per_second,
                  "Connections to the appliance a second from then on.")
      ->capture_default_str();
  add_duration(app, "--mail-roll", "Age at which the mail log is rolled and pushed (5s).",
               [options](Duration value) { options->mail_roll = value; });
}

void add_lab(CLI::App& root, Chosen& chosen) {
  auto* app = root.add_subcommand(
      "lab", "Simulated vendors on loopback, strict, with faults and a ground truth.");
  app->footer(
      "Examples:\n"
      "  cistern lab                        Microsoft 365 and Falcon at http://127.0.0.1:28365\n"
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
  app->add_option("--falcon-partitions", options->falcon_partitions,
                  "Partitions of each customer of Falcon; the second one is quiet.")
      ->capture_default_str();
  app->add_option("--falcon-history-per-hour", options->falcon_history_per_hour,
                  "Events an hour and customer of Falcon in the history; left out: as many as "
                  "--history-per-hour.");
  app->add_option("--falcon-live-per-second", options->falcon_live_per_second,
                  "Events a second and customer of Falcon from then on; left out: as many as "
                  "--live-per-second.");
  app->add_option("--state", options->state_file,
                  "A lab started again with the same file and options goes on where it ended, "
                  "also after a kill.")
      ->type_name("FILE");
  add_senders(app, options);

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
  add_duration(verify, "--settle-joined",
               "Mail messages whose last log file was acknowledged later than this before the end "
               "need not be joined yet (3m).",
               [proof](Duration value) { proof->settle_joined = value; });
  verify->add_flag("--killed", proof->killed,
                   "The collector was killed on purpose: what TCP connections had said last may be "
                   "missing, and is counted.");
  add_json(verify, proof->json);
}

void add_service(CLI::App& root, Chosen& chosen) {
  auto* app = root.add_subcommand(
      "service", "Install this program as a systemd service, without the Debian package.");
  app->require_subcommand(1);
  auto* install = app->add_subcommand(
      "install",
      "Make user, folders and unit, copy this program to /usr/local/bin, and an example "
      "configuration where there is none.");
  install->footer(
      "Run it again with a newer program to upgrade. A configuration is never overwritten; a unit "
      "that differs\nis kept beside the new one as cistern.service.old (changes belong into a "
      "drop-in: systemctl edit cistern).\n\nExamples:\n  cistern service install --dry-run\n"
      "  sudo ./cistern service install");
  auto install_options = choose<ServiceCommand>(install, chosen, service_install);
  auto* uninstall =
      app->add_subcommand("uninstall", "Stop the service, remove its unit and its program.");
  uninstall->footer(
      "Configuration, store, outputs and user stay, so that a later install goes on where this one "
      "stopped.\n\nExample:\n  sudo cistern service uninstall");
  auto uninstall_options = choose<ServiceCommand>(uninstall, chosen, service_uninstall);
  for (auto& [command, options] :
       {std::pair{install, install_options.get()}, std::pair{uninstall, uninstall_options.get()}}) {
    command->add_flag("--dry-run", options->dry_run, "Change nothing; print every step.");
    command
        ->add_option("--root", options->root,
                     "Folder that is taken as the root of the system, for an image.")
        ->type_name("FOLDER");
  }
  uninstall->add_flag("--purge", uninstall_options->purge,
                      "Also erase configuration, store and outputs, and remove the user.");
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
  app->add_option("--man", options->manual,
                  "Write the manual pages cistern.1 and cistern.yaml.5 and the completion "
                  "cistern.bash into this folder, for packages.")
      ->type_name("FOLDER");
}

}  // namespace

void add_tool_commands(CLI::App& root, Chosen& chosen) {
  add_lab(root, chosen);
  add_service(root, chosen);
  add_docs(root, chosen);
}

}  // namespace cistern::app
