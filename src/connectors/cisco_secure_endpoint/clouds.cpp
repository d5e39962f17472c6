#include "connectors/cisco_secure_endpoint/clouds.hpp"

#include "base/bytes.hpp"
#include "base/http.hpp"

#include <array>

namespace cistern::connectors::cisco_secure_endpoint {
namespace {

constexpr std::size_t kLongestLink = 8192;

constexpr std::array kClouds{
    Cloud{"us", "https://api.amp.cisco.com", "North America"},
    Cloud{"eu", "https://api.eu.amp.cisco.com", "Europe"},
    Cloud{"apjc", "https://api.apjc.amp.cisco.com", "Asia Pacific, Japan, China, Australia"},
};

}  // namespace

std::span<const Cloud> clouds() {
  return kClouds;
}

const Cloud* find_cloud(std::string_view name) {
  for (const Cloud& cloud : kClouds) {
    if (equal_ignoring_case(cloud.name, name)) return &cloud;
  }
  return nullptr;
}

const Cloud* cloud_of_url(std::string_view api_url) {
  const auto origin = url_origin(api_url);
  for (const Cloud& cloud : kClouds) {
    if (origin && *origin == cloud.api_url) return &cloud;
  }
  return nullptr;
}

std::string identity_host(std::string_view api_url) {
  const auto origin = url_origin(api_url);
  if (!origin) return {};
  const std::string_view host = std::string_view{*origin}.substr(origin->find("://") + 3);
  if (host.starts_with('[')) return std::string{host.substr(1, host.find(']') - 1)};
  return std::string{host.substr(0, host.find(':'))};
}

std::optional<std::string> link_refused(std::string_view api_url, std::string_view link) {
  if (link.size() > kLongestLink) return "it is longer than 8 KiB";
  const auto wanted = url_origin(api_url);
  const auto named = url_origin(link);
  if (!named) return "it is no absolute http or https URL";
  if (wanted && *named == *wanted) return std::nullopt;
  return "it names " + excerpt(*named, 120) + " instead of " + wanted.value_or("the API's host");
}

}  // namespace cistern::connectors::cisco_secure_endpoint
