// Where syslog messages go, and how.
#pragma once

#include "net/socket.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace cistern::destinations::syslog {

enum class Transport : std::uint8_t { udp, tcp, tls, relp, relps };

/// Names as they begin an address, in the order of the enumeration.
std::span<const std::string_view> transport_names();
std::string_view to_string(Transport transport);

constexpr bool uses_tls(Transport transport) {
  return transport == Transport::tls || transport == Transport::relps;
}
constexpr bool uses_relp(Transport transport) {
  return transport == Transport::relp || transport == Transport::relps;
}
/// Whether messages follow each other in a stream and need framing.
constexpr bool is_framed(Transport transport) {
  return transport == Transport::tcp || transport == Transport::tls;
}

struct Server {
  Transport transport = Transport::tcp;
  net::PeerAddress address;
  [[nodiscard]] std::string text() const;  ///< "tls://siem.example.com:6514"
  friend bool operator==(const Server&, const Server&) = default;
};

/// Reads "tls://siem.example.com:6514". The failure ("config/address") says what is wrong.
Result<Server> parse_server(std::string_view text);

}  // namespace cistern::destinations::syslog
