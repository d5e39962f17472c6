#include "net/ssh/listen_socket.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace cistern::net::ssh {
namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

std::optional<Address> address_of(const std::string& text, std::uint16_t port) {
  Address out;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&out.storage, &v4, sizeof v4);
    out.size = sizeof v4;
  } else if (inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&out.storage, &v6, sizeof v6);
    out.size = sizeof v6;
  } else {
    return std::nullopt;
  }
  return out;
}

std::string cure_of(int error, std::uint16_t port) {
  if (error == EADDRINUSE) {
    return "another program listens there (`ss -ltnp 'sport = :" + std::to_string(port) +
           "'` names it): choose another port, or stop it";
  }
  if (error == EACCES) {
    return "ports below 1024 need a right: choose a higher port, or give the service "
           "CAP_NET_BIND_SERVICE (systemd: AmbientCapabilities)";
  }
  return "name an address of this machine, or 0.0.0.0 for all of them";
}

tl::unexpected<Failure> cannot_listen(const std::string& address, std::uint16_t port, int error) {
  return fail_stop("ssh/listen",
                   "cannot listen on " + address + " port " + std::to_string(port) + ": " +
                       std::system_category().message(error),
                   cure_of(error, port));
}

std::uint16_t port_of(int descriptor) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  if (bound.ss_family == AF_INET6)
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&bound)->sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in*>(&bound)->sin_port);
}

std::string host_of(const sockaddr_storage& peer) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (peer.ss_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&peer);
    inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size());
  } else {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&peer);
    inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size());
  }
  const std::string_view host{text.data()};
  return std::string{host.starts_with("::ffff:") ? host.substr(7) : host};
}

}  // namespace

Result<ListenSocket> open_listen_socket(const std::string& address, std::uint16_t port) {
  const auto where = address_of(address, port);
  if (!where) return cannot_listen(address, port, EADDRNOTAVAIL);
  const int family = where->storage.ss_family;
  Descriptor socket{::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (socket.get() < 0) return cannot_listen(address, port, errno);
  const int on = 1;
  const int off = 0;
  // A restart must not wait for connections of the last run to be forgotten.
  setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (family == AF_INET6) setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (bind(socket.get(), where->get(), where->size) != 0 || listen(socket.get(), 256) != 0)
    return cannot_listen(address, port, errno);
  const std::uint16_t bound = port_of(socket.get());
  return ListenSocket{std::move(socket), bound};
}

std::optional<Caller> accept_caller(const ListenSocket& socket) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  Descriptor caller{accept4(socket.descriptor.get(), reinterpret_cast<sockaddr*>(&peer), &size,
                            SOCK_NONBLOCK | SOCK_CLOEXEC)};
  if (caller.get() < 0) return std::nullopt;
  const int on = 1;
  // The old scp protocol waits for an answer of one byte at each step.
  setsockopt(caller.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(caller.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  return Caller{std::move(caller), host_of(peer)};
}

}  // namespace cistern::net::ssh
