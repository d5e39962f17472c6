// A listening TCP socket, and who came through it.
#pragma once

#include "base/result.hpp"
#include "net/socket.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace cistern::net::ssh {

struct ListenSocket {
  Descriptor descriptor;
  std::uint16_t port = 0;
};

/// Not blocking. "::" takes IPv4 as well. Failure: "ssh/listen".
Result<ListenSocket> open_listen_socket(const std::string& address, std::uint16_t port);

struct Caller {
  Descriptor descriptor;
  std::string host;  ///< IPv4 that came through an IPv6 socket is written as IPv4.
};

/// Nothing: nobody waits, or the one who did has gone.
std::optional<Caller> accept_caller(const ListenSocket& socket);

}  // namespace cistern::net::ssh
