// Names to addresses, with a deadline.
#pragma once

#include "net/socket.hpp"

#include <vector>

#include <sys/socket.h>

namespace cistern::net {

struct ResolvedAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  [[nodiscard]] int family() const { return storage.ss_family; }
};

/// The addresses of the peer in the system's order, at least one. The system's resolver cannot be
/// interrupted: it runs beside, and its late answer is thrown away. Failures (retry): "net/name",
/// "net/timeout", "net/cancelled".
Result<std::vector<ResolvedAddress>> resolve(const PeerAddress& peer, int type, Duration limit,
                                             const Cancellation& cancellation);

}  // namespace cistern::net
