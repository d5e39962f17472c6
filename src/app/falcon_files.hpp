// Files of the Falcon SIEM Connector as they lie on this machine: read, converted, and used as a
// configuration.
#pragma once

#include "base/result.hpp"
#include "config/loader.hpp"
#include "connectors/crowdstrike_falcon/siem_connector/imported.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace cistern::app {

struct FalconRequest {
  std::string path;  ///< A file, or a folder with one .cfg for each tenant.
  std::map<std::string, std::string> choices;
  std::string start;  ///< "now", "oldest" or an offset; empty: what the old files say.
  /// Whether the store knows already where a connector was; empty: there is no store yet.
  std::function<bool(const std::string& connector)> reads_on = {};
};

struct FalconFile {
  std::string path;
  connectors::crowdstrike_falcon::ImportedConnector connector;
};

struct FalconFiles {
  std::vector<FalconFile> files;  ///< At least one.
  std::vector<connectors::crowdstrike_falcon::Finding> findings;
};

inline constexpr std::size_t kMostFalconFiles = 1000;

/// Reads and converts. Nothing of the old connector is written to. Fails when a file cannot be read
/// or is no INI file, or when the folder has none.
Result<FalconFiles> read_falcon_files(const FalconRequest& request);

/// Whether the path is such a file (its first line that counts is a section's heading) or a folder.
bool is_falcon_path(const std::string& path);

/// The configuration that the files stand for, in memory: templates inside it, secrets taken from
/// the files themselves. The store is $CISTERN_STORE, else /var/lib/cistern.
config::Loaded load_falcon_configuration(const std::string& path, const config::Schema& schema);

/// What a path given as configuration holds: cistern's own, or that of the connector.
config::Loaded load_any_configuration(const std::string& path, const config::Schema& schema);

/// As config::system_secret_sources(), but a secret "from" a connector's file is the one in it.
config::SecretSources falcon_secret_sources();

}  // namespace cistern::app
