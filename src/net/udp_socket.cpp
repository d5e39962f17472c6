#include "net/udp_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace cistern::net {
namespace {

constexpr std::size_t kAtOnce = 64;
constexpr Duration kPause = std::chrono::milliseconds{2};
// A peer that talks back without end must not keep us from sending.
constexpr int kMostReadsAtOnce = 16;
constexpr std::size_t kHeaders4 = 28;  // IP and UDP.
constexpr std::size_t kHeaders6 = 48;
// The length field of UDP counts its own header as well.
constexpr std::size_t kMostDatagram = 65507;
// What every receiver must take, by RFC 5426; used where the system knows nothing better.
constexpr std::size_t kLeast4 = 480;
constexpr std::size_t kLeast6 = 1180;

/// Datagrams of one call of sendmmsg(2).
struct Messages {
  std::array<mmsghdr, kAtOnce> headers{};
  std::array<iovec, kAtOnce> pieces{};
  unsigned count = 0;

  explicit Messages(std::span<const std::string_view> datagrams) {
    count = static_cast<unsigned>(std::min(datagrams.size(), kAtOnce));
    for (unsigned i = 0; i < count; ++i) {
      // The interface is older than const; nothing is written through it.
      pieces[i] = {.iov_base = const_cast<char*>(datagrams[i].data()),
                   .iov_len = datagrams[i].size()};
      headers[i].msg_hdr.msg_iov = &pieces[i];
      headers[i].msg_hdr.msg_iovlen = 1;
    }
  }
};

}  // namespace

Result<std::unique_ptr<UdpSocket>> UdpSocket::connect(const PeerAddress& peer,
                                                      const SocketTimes& times,
                                                      const Cancellation& cancellation) {
  auto socket = connect_datagram(peer, times, cancellation);
  if (!socket) return fail(std::move(socket.error()));
  return std::make_unique<UdpSocket>(peer, std::move(*socket), cancellation);
}

Result<UdpSocket::Sent> UdpSocket::send(std::span<const std::string_view> datagrams,
                                        Duration limit) {
  Sent sent;
  auto until = SteadyClock::now() + limit;
  bool cut_short = false;
  while (sent.count < datagrams.size()) {
    Messages messages{datagrams.subspan(sent.count)};
    const int taken = ::sendmmsg(socket_.get(), messages.headers.data(), messages.count, 0);
    if (taken > 0) {
      // The call ended early, and what ended it is gone: a refusal of something sent before, which
      // the system tells once, and sendmmsg(2) passes over where it has sent anything.
      if (cut_short) refused_ = true;
      cut_short = static_cast<unsigned>(taken) < messages.count;
      sent.count += static_cast<std::size_t>(taken);
      until = SteadyClock::now() + limit;
      continue;
    }
    cut_short = false;
    if (errno == EINTR) continue;
    if (errno == EMSGSIZE) {
      sent.too_long = true;
      return sent;
    }
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOBUFS)
      return fail(socket_failure(peer_, errno));
    if (auto waited = wait_for_room(errno == ENOBUFS, until, limit); !waited)
      return fail(waited.error());
  }
  return sent;
}

Status UdpSocket::wait_for_room(bool no_buffers, SteadyClock::time_point until, Duration limit) {
  const Duration left = until - SteadyClock::now();
  if (left <= Duration{0}) {
    return fail(timeout_failure(peer_, "sending", limit,
                                "look at this machine's network interface and its queues"));
  }
  // Without buffers the system calls the socket ready all the same: only a pause helps.
  const auto waited = no_buffers ? cancellation_.wait(socket_.get(), 0, kPause)
                                 : cancellation_.wait(socket_.get(), POLLOUT, left);
  if (waited == Cancellation::Waited::cancelled) return fail(cancelled_failure());
  return {};
}

Status UdpSocket::refusals() {
  if (std::exchange(refused_, false)) return fail(socket_failure(peer_, ECONNREFUSED));
  std::array<char, 2048> unread{};
  for (int reads = 0; reads < kMostReadsAtOnce; ++reads) {
    if (::recv(socket_.get(), unread.data(), unread.size(), MSG_DONTWAIT) >= 0) continue;
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {};
    return fail(socket_failure(peer_, errno));
  }
  return {};
}

std::size_t UdpSocket::most_bytes() const {
  sockaddr_storage local{};
  socklen_t size = sizeof local;
  const bool known = ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&local), &size) == 0;
  const bool v6 = known && local.ss_family == AF_INET6;
  int unit = 0;
  socklen_t unit_size = sizeof unit;
  const bool found =
      v6 ? ::getsockopt(socket_.get(), IPPROTO_IPV6, IPV6_MTU, &unit, &unit_size) == 0
         : ::getsockopt(socket_.get(), IPPROTO_IP, IP_MTU, &unit, &unit_size) == 0;
  const std::size_t headers = v6 ? kHeaders6 : kHeaders4;
  const std::size_t least = v6 ? kLeast6 : kLeast4;
  if (!found || unit < static_cast<int>(headers + least)) return least;
  return std::min(static_cast<std::size_t>(unit) - headers, kMostDatagram);
}

}  // namespace cistern::net
