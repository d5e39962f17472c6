// The lab and its verifier.
#include "app/command_options.hpp"
#include "app/commands.hpp"

namespace cistern::app {
namespace {

// Devices that come to the collector by themselves.
void add_senders(CLI::App* app, const std::shared_ptr<LabCommand>& options) {
  app->add_option("--senders", options->lab.senders.folder,
                  "Folder for the certificates and keys of the lab's senders, made when missing: "
                  "lab-ca.pem, collector.pem, collector.key, appliance.key.pub.")
      ->type_name("FOLDER");
  app->add_option("--syslog-udp", options->lab.senders.syslog_udp,
                  "A lab firewall sends syslog there, by UDP.")
      ->type_name("HOST:PORT");
  app->add_option("--syslog-tcp", options->lab.senders.syslog_tcp, "The same by TCP.")
      ->type_name("HOST:PORT");
  app->add_option("--syslog-tls", options->lab.senders.syslog_tls,
                  "The same by TLS; the collector shows collector.pem.")
      ->type_name("HOST:PORT");
  app->add_option("--syslog-relp", options->lab.senders.syslog_relp, "The same by RELP.")
      ->type_name("HOST:PORT");
  app->add_option("--syslog-per-second", options->lab.senders.syslog_per_second,
                  "Messages a second of each firewall while it is connected.")
      ->capture_default_str();
  app->add_option("--mail-ssh", options->lab.senders.mail_ssh,
                  "A lab mail appliance (Cisco Secure Email) pushes its logs there by SSH.")
      ->type_name("HOST:PORT");
  app->add_option("--mail-user", options->lab.senders.mail_user,
                  "User that the appliance logs in as.")
      ->capture_default_str();
  app->add_option("--mail-directory", options->lab.senders.mail_directory,
                  "Directory that it pushes to.")
      ->capture_default_str();
  add_duration(app, "--mail-history", "Logs of so long wait on the appliance at the start (6h).",
               [options](Duration value) { options->lab.senders.mail_history = value; });
  app->add_option("--mail-history-per-hour", options->lab.senders.mail_history_per_hour,
                  "Connections to the appliance an hour in that time.")
      ->capture_default_str();
  app->add_option("--mail-per-second", options->lab.senders.mail_per_second,
                  "Connections to the appliance a second from then on.")
      ->capture_default_str();
  add_duration(app, "--mail-roll", "Age at which the mail log is rolled and pushed (5s).",
               [options](Duration value) { options->lab.senders.mail_roll = value; });
}

// Cisco Umbrella's export to S3.
void add_umbrella(CLI::App* app, const std::shared_ptr<LabCommand>& options) {
  auto& umbrella = options->lab.umbrella;
  add_duration(app, "--umbrella-history",
               "Umbrella's export at the start, in slots of ten minutes (24h).",
               [options](Duration value) { options->lab.umbrella.history = value; });
  app->add_option("--umbrella-rows-per-hour", umbrella.rows_per_hour,
                  "Rows of all its kinds of log together in that time.")
      ->capture_default_str();
  app->add_option("--umbrella-live-per-second", umbrella.live_per_second,
                  "Rows a second from then on.")
      ->capture_default_str();
  add_duration(app, "--umbrella-slot", "How often it uploads objects from then on (10s).",
               [options](Duration value) { options->lab.umbrella.slot = value; });
  app->add_option("--umbrella-schema", umbrella.schema, "Version of its columns, 1 to 17.")
      ->capture_default_str();
  app->add_flag("--umbrella-headers", umbrella.headers, "Its objects begin with a header row.");
  add_duration(app, "--umbrella-retention", "Age at which its objects are purged (0s: never).",
               [options](Duration value) { options->lab.umbrella.retention = value; });
  app->add_option("--umbrella-folder", umbrella.folders,
                  "Kind of log that it exports, such as dnslogs; left out: all.");
  app->add_option("--umbrella-large-rows", umbrella.large_rows,
                  "Rows of the large object that each kind of log has every two hours of the "
                  "history; 0: none.")
      ->capture_default_str();
  app->add_option("--umbrella-notification", umbrella.notification,
                  "How the events of the own bucket come into its queue.")
      ->check(CLI::IsMember({"direct", "sns", "eventbridge"}))
      ->capture_default_str();
}

// Duo's logs and Secure Endpoint's events; without rates of their own as many as of Microsoft 365.
void add_duo_and_endpoint(CLI::App* app, const std::shared_ptr<LabCommand>& options) {
  auto& duo = options->lab.duo;
  app->add_option("--duo-history-per-hour", duo.history_per_hour,
                  "Authentications an hour and account of Duo in the history; left out: as many as "
                  "--history-per-hour.");
  app->add_option("--duo-live-per-second", duo.live_per_second,
                  "Authentications a second and account of Duo from then on; left out: as many as "
                  "--live-per-second.");
  app->add_option("--duo-crowded-seconds", duo.crowded_seconds,
                  "Seconds of the history in which each of Duo's logs has 1,200 rows.")
      ->capture_default_str();
  auto& endpoint = options->lab.endpoint;
  app->add_option("--endpoint-history-per-hour", endpoint.history_per_hour,
                  "Events an hour of Secure Endpoint in the history; left out: as many as "
                  "--history-per-hour.");
  app->add_option("--endpoint-live-per-second", endpoint.live_per_second,
                  "Events a second of Secure Endpoint from then on; left out: as many as "
                  "--live-per-second.");
}

void add_lab(CLI::App& root, Chosen& chosen) {
  auto* app = root.add_subcommand(
      "lab", "Simulated vendors on loopback, strict, with faults and a ground truth.");
  app->footer(
      "Examples:\n"
      "  cistern lab                        all vendors at http://127.0.0.1:28365\n"
      "  cistern lab --faults hostile --tenants 3\n"
      "  cistern lab verify --lab http://127.0.0.1:28365 --store ./store --output events.ndjson");
  app->require_subcommand(0, 1);
  auto options = choose<LabCommand>(app, chosen, lab);
  app->add_option("--port", options->lab.port, "Port on 127.0.0.1; 0 takes any free one.")
      ->capture_default_str();
  app->add_option("--port-file", options->port_file, "Write the port there once the lab listens.")
      ->type_name("FILE");
  app->add_option("--seed", options->lab.seed, "The same seed gives the same events.")
      ->capture_default_str();
  add_duration(app, "--history", "Backdated content present at the start (7d).",
               [options](Duration value) { options->lab.history = value; });
  app->add_option("--history-per-hour", options->lab.history_per_hour,
                  "Records an hour and tenant in the history.")
      ->capture_default_str();
  app->add_option("--live-per-second", options->lab.live_per_second,
                  "Records a second and tenant from then on.")
      ->capture_default_str();
  app->add_option("--tenants", options->lab.tenants, "Number of tenants.")->capture_default_str();
  app->add_option("--faults", options->lab.faults, "calm, ordinary or hostile.")
      ->check(CLI::IsMember({"calm", "ordinary", "hostile"}))
      ->capture_default_str();
  app->add_option("--planted-gaps", options->lab.planted_gaps,
                  "Blobs of the history that expire before they can be fetched.")
      ->capture_default_str();

  app->add_option("--requests-per-minute", options->lab.requests_per_minute,
                  "Requests of one tenant and publisher before they are throttled; 0: no limit.")
      ->capture_default_str();
  app->add_option("--falcon-partitions", options->lab.falcon_partitions,
                  "Partitions of each customer of Falcon; the second one is quiet.")
      ->capture_default_str();
  app->add_option("--falcon-history-per-hour", options->lab.falcon_history_per_hour,
                  "Events an hour and customer of Falcon in the history; left out: as many as "
                  "--history-per-hour.");
  app->add_option("--falcon-live-per-second", options->lab.falcon_live_per_second,
                  "Events a second and customer of Falcon from then on; left out: as many as "
                  "--live-per-second.");
  app->add_option("--state", options->lab.state_file,
                  "A lab started again with the same file and options goes on where it ended, "
                  "also after a kill.")
      ->type_name("FILE");
  add_umbrella(app, options);
  add_duo_and_endpoint(app, options);
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

}  // namespace

void add_lab_commands(CLI::App& root, Chosen& chosen) {
  add_lab(root, chosen);
}

}  // namespace cistern::app
