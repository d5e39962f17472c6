#include "connectors/crowdstrike_falcon/clouds.hpp"

#include "base/bytes.hpp"
#include "base/http.hpp"

#include <algorithm>
#include <array>

namespace cistern::connectors::crowdstrike_falcon {
namespace {

constexpr std::size_t kLongestUrl = 8192;

constexpr std::array kClouds{
    Cloud{"us-1", "https://api.crowdstrike.com", "falcon.crowdstrike.com"},
    Cloud{"us-2", "https://api.us-2.crowdstrike.com", "falcon.us-2.crowdstrike.com"},
    Cloud{"us-3", "https://api.us-3.crowdstrike.com", "falcon.us-3.crowdstrike.com"},
    Cloud{"eu-1", "https://api.eu-1.crowdstrike.com", "falcon.eu-1.crowdstrike.com"},
    Cloud{"us-gov-1", "https://api.laggar.gcw.crowdstrike.com",
          "falcon.laggar.gcw.crowdstrike.com"},
    Cloud{"us-gov-2", "https://api.us-gov-2.crowdstrike.mil", "falcon.us-gov-2.crowdstrike.mil"},
};

/// The domains that the vendor registered. Another API host (a test server, a relay) has no domain
/// of which we know who else lives in it.
constexpr std::array<std::string_view, 2> kDomains{"crowdstrike.com", "crowdstrike.mil"};

bool under(std::string_view host, std::string_view domain) {
  if (host == domain) return true;
  return host.size() > domain.size() && host.ends_with(domain) &&
         host[host.size() - domain.size() - 1] == '.';
}

bool same_vendor_domain(std::string_view a, std::string_view b) {
  return std::any_of(kDomains.begin(), kDomains.end(),
                     [&](std::string_view domain) { return under(a, domain) && under(b, domain); });
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") &&
          host.find_first_not_of("0123456789.") == std::string_view::npos);
}

bool printable(std::string_view url) {
  return std::all_of(url.begin(), url.end(),
                     [](char c) { return c > ' ' && c < 0x7f && c != '#' && c != '\\'; });
}

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

std::string host_of(std::string_view url) {
  const auto origin = url_origin(url);
  if (!origin) return {};
  const std::string_view host = std::string_view{*origin}.substr(origin->find("://") + 3);
  if (host.starts_with('[')) return std::string{host.substr(1, host.find(']') - 1)};
  return std::string{host.substr(0, host.find(':'))};
}

std::optional<std::string> stream_url_refused(const StreamHosts& hosts, std::string_view url) {
  if (url.size() > kLongestUrl || !printable(url)) return "it is not a plain URL";
  const auto origin = url_origin(url);
  if (!origin) return "it is not an absolute http or https URL";
  const std::string host = host_of(url);
  const std::string api = host_of(hosts.api_url);
  if (!origin->starts_with("https://") && !is_loopback(host)) return "it is not encrypted";
  const bool named =
      std::find(hosts.allowed.begin(), hosts.allowed.end(), host) != hosts.allowed.end();
  const bool local = is_loopback(host) && is_loopback(api);
  if (named || local || host == api || same_vendor_domain(host, api)) return std::nullopt;
  return "its host is not under the domain of " + (api.empty() ? "the API" : api) +
         ", and stream_hosts does not name it";
}

}  // namespace cistern::connectors::crowdstrike_falcon
