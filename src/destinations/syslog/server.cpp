#include "destinations/syslog/server.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace cistern::destinations::syslog {
namespace {

constexpr std::array<std::string_view, 5> kNames = {"udp", "tcp", "tls", "relp", "relps"};
constexpr std::string_view kForm =
    "write scheme://host:port with one of udp, tcp, tls, relp, relps, such as "
    "tls://siem.example.com:6514; an IPv6 address stands in brackets";

tl::unexpected<Failure> wrong(std::string_view text, const std::string& why, std::string cure) {
  return fail_stop("config/address", "'" + excerpt(text, 200) + "' " + why, std::move(cure));
}

}  // namespace

std::span<const std::string_view> transport_names() {
  return kNames;
}

std::string_view to_string(Transport transport) {
  return kNames.at(static_cast<std::size_t>(transport));
}

std::string Server::text() const {
  return std::string{to_string(transport)} + "://" + address.text();
}

Result<Server> parse_server(std::string_view text) {
  const std::size_t mark = text.find("://");
  if (mark == std::string_view::npos) return wrong(text, "names no transport", std::string{kForm});
  const std::string_view scheme = text.substr(0, mark);
  const auto* const known = std::find(kNames.begin(), kNames.end(), scheme);
  if (known == kNames.end()) {
    const auto nearest = nearest_word(scheme, {kNames.begin(), kNames.end()});
    return wrong(text, "begins with an unknown transport",
                 nearest ? "did you mean '" + *nearest + "://'?" : std::string{kForm});
  }
  const auto address = net::parse_peer_address(text.substr(mark + 3));
  if (!address) return wrong(text, "is no address with a port", std::string{kForm});
  return Server{.transport = static_cast<Transport>(known - kNames.begin()), .address = *address};
}

}  // namespace cistern::destinations::syslog
