#include "net/safe_url.hpp"

#include "base/bytes.hpp"
#include "base/http.hpp"

#include <optional>

#include <arpa/inet.h>

namespace cistern::net {
namespace {

std::string host_of(std::string_view origin) {
  const auto start = origin.find("://");
  std::string_view host = start == std::string_view::npos ? origin : origin.substr(start + 3);
  if (host.starts_with('[')) return std::string{host.substr(1, host.find(']') - 1)};
  return std::string{host.substr(0, host.find(':'))};
}

}  // namespace

bool is_loopback(std::string_view origin) {
  const std::string host = host_of(origin);
  if (host == "localhost") return true;
  in_addr four{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) return ntohl(four.s_addr) >> 24U == 127;
  in6_addr six{};
  return inet_pton(AF_INET6, host.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

Result<std::string> require_safe_url(std::string_view url, std::string_view what) {
  std::optional<std::string> origin = url_origin(url);
  if (!origin) {
    return fail_stop("net/url", std::string{what} + " is not an absolute URL without user name",
                     "write it as https://host or https://host:port");
  }
  if (origin->starts_with("https://") || is_loopback(*origin)) return std::move(*origin);
  return fail_stop("net/url",
                   std::string{what} + " " + excerpt(*origin, 200) +
                       " is not encrypted: a credential would be readable "
                       "on the way",
                   "write it with https://; plain http is for this machine itself only");
}

}  // namespace cistern::net
