// Addresses of network peers as vendors write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::ecs {

struct IpText {
  std::string text;  ///< As given; an IPv4 address mapped into IPv6 becomes the IPv4 address.
  bool v6 = false;
};

/// Nothing if it is no address. Zone ids, ports and brackets are not part of an address.
std::optional<IpText> parse_ip(std::string_view text);

/// A host name by its characters: labels of letters, digits, `-` and `_`, the last one not a
/// number.
bool is_host_name(std::string_view text);

struct Endpoint {
  std::optional<IpText> ip;
  std::string_view domain;  ///< Set when the host is a name.
  std::optional<std::uint16_t> port;
};

/// `ADDRESS`, `ADDRESS:PORT`, `[ADDRESS]`, `[ADDRESS]:PORT`, for IPv4, IPv6 and host names; a bare
/// IPv6 address has no port. Nothing for junk. `domain` points into `text`.
std::optional<Endpoint> parse_endpoint(std::string_view text);

}  // namespace cistern::ecs
