// The parts of a domain name, by the public suffix list of the system's library.
#pragma once

#include <string_view>

namespace cistern::connectors::cisco_umbrella {

/// Views into the name that was asked about. All empty where the list knows none of its suffixes
/// (`server.internal`) or where it is a suffix itself.
struct DomainParts {
  std::string_view registered;  ///< "example.co.uk"
  std::string_view suffix;      ///< "co.uk"
  std::string_view subdomain;   ///< "www"; empty where nothing stands before the registered domain.
};

/// Without a dot at its end. Suffixes that companies have added for their customers
/// (`cloudfront.net`) are no suffixes here: what was registered is the company's domain.
DomainParts domain_parts(std::string_view name);

}  // namespace cistern::connectors::cisco_umbrella
