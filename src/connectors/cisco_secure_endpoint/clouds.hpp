// The vendor's clouds, and which addresses may see the key. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cistern::connectors::cisco_secure_endpoint {

/// A credential works in exactly one of them.
struct Cloud {
  std::string_view name;  ///< As in the option: "eu".
  std::string_view api_url;
  std::string_view serves;
};

std::span<const Cloud> clouds();
const Cloud* find_cloud(std::string_view name);
/// The cloud of an address, or null for another host (a relay, a test server).
const Cloud* cloud_of_url(std::string_view api_url);

/// The host by which records of this address are identified: in lower case, without a port.
std::string identity_host(std::string_view api_url);

/// Why a link in an answer is not one of the same service, or nothing. The vendor's links lead back
/// to the host that was asked; anything else was put there by somebody else.
std::optional<std::string> link_refused(std::string_view api_url, std::string_view link);

}  // namespace cistern::connectors::cisco_secure_endpoint
