// One function a command; its options as a plain value, so that a command can be called and tested
// without a command line. Each is implemented in its own <name>_command.cpp.
#pragma once

#include "app/exit_code.hpp"
#include "app/output.hpp"
#include "base/time.hpp"
#include "lab/lab.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cistern::app {

/// Where the configuration is looked for when none is named: $CISTERN_CONFIG, ./cistern.yaml,
/// /etc/cistern/cistern.yaml.
std::string default_configuration_path();

struct RunCommand {
  std::string configuration;
  std::string falcon_configuration;  ///< Of the Falcon SIEM Connector, instead.
  bool live = false;                 ///< A table that is drawn again each second.
  std::optional<Duration> duration;  ///< Ends by itself after so long.
  std::optional<Duration>
      complete_within;  ///< After the end signal: first store what was readable by then.
  std::string report;   ///< JSON file written at the end.
};
ExitCode run(const RunCommand& command, const Output& output);

struct CheckCommand {
  std::string configuration;
  bool json = false;
};
ExitCode check(const CheckCommand& command, const Output& output);

struct ReloadCommand {
  std::string configuration;
  bool json = false;
};
ExitCode reload(const ReloadCommand& command, const Output& output);

struct ConnectorCommand {
  std::string configuration;
  std::string name;
  std::string to;                ///< Of a rename.
  bool leave_at_vendor = false;  ///< Of a removal: what it made at the vendor stays there.
  bool yes = false;
  bool json = false;
};
ExitCode connector_rename(const ConnectorCommand& command, const Output& output);
ExitCode connector_remove(const ConnectorCommand& command, const Output& output);

struct SecretCommand {
  std::string configuration;
  std::string name;
  std::string file;      ///< Holds the secret; empty: standard input, or a terminal is asked.
  std::string key_file;  ///< The sealing key; empty: the credential, or the file beside the store.
  bool json = false;
};
ExitCode secret_set(const SecretCommand& command, const Output& output);
ExitCode secret_list(const SecretCommand& command, const Output& output);
ExitCode secret_remove(const SecretCommand& command, const Output& output);

struct DestinationCommand {
  std::string configuration;
  std::string name;
  bool yes = false;
  bool json = false;
};
ExitCode destination_forget(const DestinationCommand& command, const Output& output);

struct QuarantineCommand {
  std::string configuration;
  std::string owner;               ///< Only what this connector or destination set aside.
  std::vector<std::uint64_t> ids;  ///< Of the list; with `all` none.
  bool all = false;
  bool problems = true;      ///< Also events that were stored with a problem.
  std::uint64_t most = 100;  ///< Of those, how many are shown.
  bool yes = false;
  bool json = false;
};
ExitCode quarantine_list(const QuarantineCommand& command, const Output& output);
ExitCode quarantine_retry(const QuarantineCommand& command, const Output& output);
ExitCode quarantine_drop(const QuarantineCommand& command, const Output& output);

struct GuideCommand {
  std::string type;
  std::string configuration;  ///< May be empty: then the placeholders stay.
  std::string connector;      ///< Whose values are filled in.
  bool json = false;
};
ExitCode guide(const GuideCommand& command, const Output& output);

struct DoctorCommand {
  std::string configuration;
  std::vector<std::string> connectors;  ///< Empty: all.
  bool json = false;
};
ExitCode doctor(const DoctorCommand& command, const Output& output);

struct StatusCommand {
  std::string configuration;
  bool json = false;
  bool watch = false;
};
ExitCode status(const StatusCommand& command, const Output& output);

struct TailCommand {
  std::string configuration;
  std::string connector;  ///< Empty: all.
  std::string stream;     ///< Empty: all.
  std::string format = "ecs";
  std::uint64_t last = 10;  ///< Events shown before waiting for new ones.
  bool follow = true;
  std::uint64_t count = 0;  ///< Ends after so many; 0: never.
};
ExitCode tail(const TailCommand& command, const Output& output);

struct NormalizeCommand {
  std::string type;
  std::string stream;
  std::string options;  ///< YAML file with the connector's view options; may be empty.
  std::string
      mappings;  ///< Folder whose files replace embedded ones of the same name; may be empty.
  bool original = false;
  bool drift = false;  ///< Report unknown fields and wrong types to standard error at the end.
};
ExitCode normalize(const NormalizeCommand& command, const Output& output);

struct ExplainCommand {
  std::string configuration;
  std::string id;
  bool json = false;
};
ExitCode explain(const ExplainCommand& command, const Output& output);

struct CoverageCommand {
  std::string configuration;
  std::string connector;  ///< Empty: all.
  std::string stream;     ///< Empty: all.
  std::optional<TimePoint> from;
  std::optional<TimePoint> to;
  bool verify = false;  ///< Ask the vendor again and compare.
  bool json = false;
};
ExitCode coverage(const CoverageCommand& command, const Output& output);

struct StoreCommand {
  std::string configuration;
  std::string path;  ///< Instead of the configuration's store.
  bool json = false;
  std::uint64_t from = 1;
  bool control = false;
  bool yes = false;  ///< Repair, and not only say what would be done.
};
ExitCode store_verify(const StoreCommand& command, const Output& output);
ExitCode store_repair(const StoreCommand& command, const Output& output);
ExitCode store_dump(const StoreCommand& command, const Output& output);

struct LabCommand {
  LabCommand() { lab.port = 28365; }
  lab::LabOptions lab;
  std::string port_file;
};
ExitCode lab(const LabCommand& command, const Output& output);

struct LabVerifyCommand {
  std::string lab;
  std::string truth;
  std::string store;
  std::vector<std::string> outputs;
  std::string format = "ecs";
  std::string report;  ///< Of `cistern run --report`: says when collecting ended.
  Duration settle = std::chrono::seconds{15};
  Duration settle_joined = std::chrono::minutes{3};
  bool killed = false;
  bool json = false;
};
ExitCode lab_verify(const LabVerifyCommand& command, const Output& output);

struct ImportFalconCommand {
  std::string path;  ///< A file, or a folder with one .cfg for each tenant.
  std::string out;   ///< Folder to write into; empty: print only.
  std::string store = "/var/lib/cistern";
  std::string start;                 ///< "now", "oldest", an offset; empty: what is found.
  std::vector<std::string> choices;  ///< NAME=VALUE of codec::template_choices().
  std::string events;                ///< Instead of the samples.
  bool dry_run = false;
  bool lines = false;
  bool json = false;
};
ExitCode import_falcon(const ImportFalconCommand& command, const Output& output);

struct ServiceCommand {
  std::string root = "/";  ///< Taken as the root of the system.
  bool dry_run = false;    ///< Changes nothing, prints every step.
  bool purge = false;      ///< Uninstalling erases data and configuration as well.
};
ExitCode service_install(const ServiceCommand& command, const Output& output);
ExitCode service_uninstall(const ServiceCommand& command, const Output& output);

struct DocsCommand {
  std::string folder;    ///< Pages are written there; empty: their names are listed.
  bool compare = false;  ///< Writes nothing; exit 1 when a page differs.
  bool schema = false;   ///< Prints the JSON Schema of the configuration.
  std::string manual;    ///< Folder for manual pages and completion; empty: none are written.
};
ExitCode docs(const DocsCommand& command, const Output& output);

struct VersionCommand {
  bool json = false;
};
ExitCode version(const VersionCommand& command, const Output& output);

}  // namespace cistern::app
