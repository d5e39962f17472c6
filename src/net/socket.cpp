#include "net/socket.hpp"

#include "net/resolve.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cistern::net {
namespace {

constexpr int kKeepAliveProbes = 3;
constexpr int kMostProbeSeconds = 15;
constexpr int kMostUnreadReads = 64;

std::string words(int error) {
  return std::system_category().message(error);
}

void set(int socket, int level, int name, int value) {
  // A system that does not know an option works without it.
  static_cast<void>(::setsockopt(socket, level, name, &value, sizeof value));
}

/// Small batches must not wait for a fuller segment, and a peer that went away without a word must
/// be noticed, idle or not.
void prepare_stream(int socket, const SocketTimes& times) {
  const auto idle = static_cast<int>(std::max<std::int64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(times.keep_alive).count(), 1));
  const auto progress =
      std::chrono::duration_cast<std::chrono::milliseconds>(times.progress).count();
  set(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(socket, IPPROTO_TCP, TCP_KEEPIDLE, idle);
  set(socket, IPPROTO_TCP, TCP_KEEPINTVL, std::min(idle, kMostProbeSeconds));
  set(socket, IPPROTO_TCP, TCP_KEEPCNT, kKeepAliveProbes);
  set(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(progress));
}

Failure cannot_connect(const PeerAddress& peer, int error) {
  return {.verdict = Verdict::retry,
          .code = "net/connect",
          .cause = "no connection to " + peer.text() + ": " + words(error),
          .consequence = {},
          .next_step =
              "check that the receiver listens on this port, and that a firewall allows "
              "this machine to connect there"};
}

int pending_error(int socket) {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

Result<Descriptor> open_socket(const PeerAddress& peer, const ResolvedAddress& address, int type) {
  Descriptor made{::socket(address.family(), type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (made.get() < 0) return fail(cannot_connect(peer, errno));
  return made;
}

Result<Descriptor> connect_to(const PeerAddress& peer, const ResolvedAddress& address,
                              const SocketTimes& times, Duration limit,
                              const Cancellation& cancellation) {
  auto made = open_socket(peer, address, SOCK_STREAM);
  if (!made) return made;
  prepare_stream(made->get(), times);
  if (::connect(made->get(), address.get(), address.size) == 0) return made;
  if (errno != EINPROGRESS) return fail(cannot_connect(peer, errno));
  switch (cancellation.wait(made->get(), POLLOUT, limit)) {
    case Cancellation::Waited::cancelled:
      return fail(cancelled_failure());
    case Cancellation::Waited::timed_out:
      return fail(timeout_failure(peer, "the connection", limit,
                                  "check that a firewall allows this machine to connect there"));
    case Cancellation::Waited::ready:
      break;
  }
  if (const int error = pending_error(made->get()); error != 0)
    return fail(cannot_connect(peer, error));
  return made;
}

/// The addresses of the peer, beginning with the one whose turn it is.
Result<std::vector<ResolvedAddress>> addresses_of(const PeerAddress& peer, int type,
                                                  const SocketTimes& times,
                                                  const Cancellation& cancellation) {
  auto addresses = resolve(peer, type, times.connect, cancellation);
  if (!addresses) return addresses;
  const auto first = static_cast<std::ptrdiff_t>(times.turn % addresses->size());
  std::rotate(addresses->begin(), addresses->begin() + first, addresses->end());
  return addresses;
}

}  // namespace

std::string PeerAddress::text() const {
  const bool bare = host.find(':') != std::string::npos;
  return (bare ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::optional<PeerAddress> parse_peer_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  PeerAddress address;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  if (error != std::errc{} || end != digits.data() + digits.size() || address.port == 0)
    return std::nullopt;
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty() || host.size() > 255) return std::nullopt;
  if (!bracketed && host.find_first_of(":[]") != std::string_view::npos) return std::nullopt;
  const auto odd = [](char c) {
    return c <= ' ' || c > '~' || std::strchr("/?#@\\\"", c) != nullptr;
  };
  if (std::any_of(host.begin(), host.end(), odd)) return std::nullopt;
  address.host = host;
  return address;
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    reset();
    number_ = std::exchange(other.number_, -1);
  }
  return *this;
}

Descriptor::~Descriptor() {
  reset();
}

void Descriptor::reset() {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

Result<Descriptor> connect_stream(const PeerAddress& peer, const SocketTimes& times,
                                  const Cancellation& cancellation) {
  const auto addresses = addresses_of(peer, SOCK_STREAM, times, cancellation);
  if (!addresses) return fail(addresses.error());
  // A dead address must leave time for the next one.
  const Duration limit = times.connect / static_cast<std::int64_t>(addresses->size());
  Failure last;
  for (const auto& address : *addresses) {
    auto made = connect_to(peer, address, times, limit, cancellation);
    if (made || cancellation.cancelled()) return made;
    last = std::move(made.error());
  }
  return fail(std::move(last));
}

Result<Descriptor> connect_datagram(const PeerAddress& peer, const SocketTimes& times,
                                    const Cancellation& cancellation) {
  const auto addresses = addresses_of(peer, SOCK_DGRAM, times, cancellation);
  if (!addresses) return fail(addresses.error());
  Failure last;
  for (const auto& address : *addresses) {
    auto made = open_socket(peer, address, SOCK_DGRAM);
    if (made && ::connect(made->get(), address.get(), address.size) == 0) return made;
    last = made ? cannot_connect(peer, errno) : std::move(made.error());
  }
  return fail(std::move(last));
}

void acknowledge_at_once(const Descriptor& socket) {
  set(socket.get(), IPPROTO_TCP, TCP_QUICKACK, 1);
}

void end_stream(Descriptor& socket) {
  if (socket.get() < 0) return;
  static_cast<void>(::shutdown(socket.get(), SHUT_WR));
  std::array<char, 4096> unread{};
  for (int reads = 0; reads < kMostUnreadReads; ++reads) {
    if (::recv(socket.get(), unread.data(), unread.size(), MSG_DONTWAIT) <= 0) break;
  }
  socket.reset();
}

Failure cancelled_failure() {
  return {.verdict = Verdict::retry,
          .code = "net/cancelled",
          .cause = "given up, because cistern ends or the destination changes",
          .consequence = "what was not confirmed is sent again",
          .next_step = {}};
}

Failure socket_failure(const PeerAddress& peer, int error) {
  if (error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH || error == EACCES ||
      error == EPERM) {
    return cannot_connect(peer, error);
  }
  if (error == ETIMEDOUT) {
    return {.verdict = Verdict::retry,
            .code = "net/timeout",
            .cause = peer.text() + " acknowledges nothing any more: " + words(error),
            .consequence = {},
            .next_step = "check the network between this machine and the receiver"};
  }
  return {.verdict = Verdict::retry,
          .code = "net/closed",
          .cause = "the connection to " + peer.text() + " broke: " + words(error),
          .consequence = {},
          .next_step = "if it goes on, look into the receiver's log"};
}

Failure timeout_failure(const PeerAddress& peer, std::string_view what, Duration limit,
                        std::string next_step) {
  return {.verdict = Verdict::retry,
          .code = "net/timeout",
          .cause = std::string{what} + " to " + peer.text() + " made no progress for " +
                   format_duration(limit),
          .consequence = {},
          .next_step = std::move(next_step)};
}

}  // namespace cistern::net
