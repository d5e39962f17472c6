// A configuration of cistern for imported connectors.
#pragma once

#include "connectors/crowdstrike_falcon/siem_connector/imported.hpp"

#include <span>
#include <string>

namespace cistern::connectors::crowdstrike_falcon {

/// Where the parts of one connector stand that are not in the configuration itself.
struct ImportedParts {
  std::string secret;          ///< As the option's value: "${file:secrets/falcon.secret}".
  std::string proxy_password;  ///< Likewise; used only where there is one.
  std::string template_file;   ///< Path; empty: the template's text goes into the configuration.
};

/// The text of cistern.yaml: `parts` has one entry for each connector. Holds no secret.
std::string configuration_of(std::span<const ImportedConnector> connectors,
                             std::span<const ImportedParts> parts, const std::string& store);

}  // namespace cistern::connectors::crowdstrike_falcon
