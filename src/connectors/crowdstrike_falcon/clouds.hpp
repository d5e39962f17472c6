// The vendor's clouds, and which hosts may see which secret. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::crowdstrike_falcon {

struct Cloud {
  std::string_view name;  ///< As in X-CS-Region and in the option: "us-1".
  std::string_view api_url;
  std::string_view console;  ///< Host of the console, for messages.
};

std::span<const Cloud> clouds();
/// By name, compared without case; null when unknown.
const Cloud* find_cloud(std::string_view name);
/// By the origin of an API address; null when it is no cloud of the vendor.
const Cloud* cloud_of_url(std::string_view api_url);

/// Where the session token of a stream may go. The stream's host differs from the API's and is
/// named by the vendor's answer alone, so an answer that was tampered with must not be able to
/// name just any host.
struct StreamHosts {
  std::string api_url;
  std::vector<std::string> allowed;  ///< Host names that the user named, in lower case.
};

/// Nothing when the URL may receive the session token; otherwise why not, in words. Allowed are
/// https URLs whose host lies under the vendor's own domain when the API's does, is the API's host
/// itself, or was named by the user; plain http only on this machine.
std::optional<std::string> stream_url_refused(const StreamHosts& hosts, std::string_view url);

/// The host of an absolute URL in lower case, without port and brackets; empty when it is none.
std::string host_of(std::string_view url);

}  // namespace cistern::connectors::crowdstrike_falcon
