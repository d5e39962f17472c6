// What `cistern service` does to a machine, decided before anything is touched: a list of steps
// that can be printed instead of performed.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::app {

inline constexpr std::string_view kServiceProgram = "/usr/local/bin/cistern";
inline constexpr std::string_view kServiceUnit = "/etc/systemd/system/cistern.service";
inline constexpr std::string_view kServiceConfiguration = "/etc/cistern/cistern.yaml";
inline constexpr std::string_view kServiceUser = "cistern";

/// The machine as it is. Paths are those within `root`.
struct ServiceFacts {
  std::string root;                 ///< Put before every path; empty for the machine itself.
  bool packaged = false;            ///< The Debian package has installed the service.
  bool user_exists = false;         ///< The user `cistern`.
  bool systemd_runs = false;        ///< And is that of the machine itself.
  bool same_program = false;        ///< kServiceProgram holds the bytes of this program.
  std::optional<std::string> unit;  ///< Text of kServiceUnit.
  std::vector<std::string> paths;   ///< Those of the paths below that exist.
  bool falcon_unit = false;         ///< The Falcon SIEM Connector is a systemd service here.
  bool falcon_script = false;       ///< Likewise one of System V.
};

inline constexpr std::string_view kFalconService = "cs.falconhoseclientd";
inline constexpr std::string_view kFalconConfiguration =
    "/opt/crowdstrike/etc/cs.falconhoseclient.cfg";
/// Where the unit of another program may lie.
inline constexpr std::string_view kUnitFolders[] = {
    "/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"};

struct ServiceStep {
  enum class Kind : std::uint8_t {
    directory,  ///< Make it.
    file,       ///< Write `text`, whatever is there.
    program,    ///< Copy this program there.
    rename,     ///< Move `path` to `text`.
    remove,     ///< The file.
    erase,      ///< The folder with all that is in it.
    command,    ///< Run `command`; its failure is the end, unless it is `optional`.
    keep,       ///< Nothing; `text` says why.
  };
  Kind kind = Kind::keep;
  std::string path = {};  ///< Within the root.
  std::string text = {};
  std::string owner = {};  ///< "user:group"
  unsigned mode = 0;
  std::vector<std::string> command = {};
  bool optional = false;
};

/// The paths whose existence the plans depend on.
std::vector<std::string> service_paths();

/// The unit of the Debian package with the path of `service install`.
std::string service_unit();

/// Fails where the Debian package owns the service.
Result<std::vector<ServiceStep>> plan_service_install(const ServiceFacts& facts);

/// With `purge` configuration, store, outputs and user as well; without it they are kept.
Result<std::vector<ServiceStep>> plan_service_uninstall(const ServiceFacts& facts, bool purge);

/// What a person does to let cistern take over from the Falcon SIEM Connector, a line each; empty
/// where that is not installed. cistern itself stops no service that is not its own.
std::vector<std::string> falcon_takeover(const ServiceFacts& facts);

/// "make /etc/cistern (root:cistern, 0750)"; files with their whole text.
std::string describe(const ServiceStep& step, const std::string& root);

}  // namespace cistern::app
