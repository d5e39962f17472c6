#include "lab/syslog/socket_calls.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cistern::lab {

namespace {

// Long waits are taken in slices, so that the end of the lab is noticed.
constexpr Duration kSlice = std::chrono::milliseconds{50};
constexpr Duration kConnectTime = std::chrono::seconds{10};

tl::unexpected<Failure> unreachable(const Target& target, const char* why) {
  return fail_retry("lab/unreachable",
                    "the lab's sender cannot reach " + to_string(target) + ": " + why,
                    "start the collector; the sender goes on trying");
}

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Result<Addresses> resolve(const Target& target, int type) {
  addrinfo hints{};
  hints.ai_socktype = type;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const auto port = std::to_string(target.port);
  const int error = getaddrinfo(target.host.c_str(), port.c_str(), &hints, &list);
  if (error != 0) return unreachable(target, gai_strerror(error));
  return Addresses{list};
}

bool wait_for(int socket, short events, Duration wait, const std::atomic<bool>& hurry) {
  for (;;) {
    const auto slice = std::min(wait, kSlice);
    pollfd one{socket, events, 0};
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(slice).count();
    if (poll(&one, 1, static_cast<int>(ms)) > 0) return true;
    wait -= slice;
    if (wait <= Duration{0} || hurry) return false;
  }
}

}  // namespace

void Descriptor::close() {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

Result<Target> target_from(std::string_view text) {
  const auto colon = text.rfind(':');
  std::uint16_t port = 0;
  if (colon != std::string_view::npos) {
    const auto digits = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size()) port = 0;
  }
  auto host = text.substr(0, colon == std::string_view::npos ? 0 : colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty() || port == 0) {
    return fail_stop("lab/bad-address", "'" + excerpt(text, 80) + "' is no address with a port",
                     "write HOST:PORT, such as 127.0.0.1:5514");
  }
  return Target{std::string(host), port};
}

std::string to_string(const Target& target) {
  const bool v6 = target.host.find(':') != std::string::npos;
  return (v6 ? "[" + target.host + "]" : target.host) + ":" + std::to_string(target.port);
}

Result<Descriptor> connect_stream(const Target& target) {
  auto addresses = resolve(target, SOCK_STREAM);
  if (!addresses) return fail(addresses.error());
  int error = 0;
  for (const auto* one = addresses->get(); one != nullptr; one = one->ai_next) {
    Descriptor socket(::socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (socket.number() < 0) continue;
    const int flag = 1;
    setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &flag, sizeof flag);
    if (connect(socket.number(), one->ai_addr, one->ai_addrlen) == 0) return socket;
    error = errno;
    if (error != EINPROGRESS) continue;
    const std::atomic<bool> never{false};
    if (!wait_writable(socket.number(), kConnectTime, never)) continue;
    socklen_t size = sizeof error;
    getsockopt(socket.number(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error == 0) return socket;
  }
  return unreachable(target, std::strerror(error));
}

Result<Descriptor> open_datagram(const Target& target) {
  auto addresses = resolve(target, SOCK_DGRAM);
  if (!addresses) return fail(addresses.error());
  const auto* one = addresses->get();
  Descriptor socket(::socket(one->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (socket.number() < 0 || connect(socket.number(), one->ai_addr, one->ai_addrlen) != 0)
    return unreachable(target, std::strerror(errno));
  return socket;
}

bool wait_readable(int socket, Duration wait, const std::atomic<bool>& hurry) {
  return wait_for(socket, POLLIN, wait, hurry);
}

bool wait_writable(int socket, Duration wait, const std::atomic<bool>& hurry) {
  return wait_for(socket, POLLOUT, wait, hurry);
}

void reset_on_close(int socket) {
  const linger at_once{1, 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace cistern::lab
