#include "net/listen/listen_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace cistern::net {
namespace {

constexpr int kBacklog = 1024;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Result<SocketAddress> address_of(const PeerAddress& at) {
  SocketAddress out;
  sockaddr_in four{};
  sockaddr_in6 six{};
  if (::inet_pton(AF_INET, at.host.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(at.port);
    std::memcpy(&out.storage, &four, sizeof four);
    out.size = sizeof four;
    return out;
  }
  if (::inet_pton(AF_INET6, at.host.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(at.port);
    std::memcpy(&out.storage, &six, sizeof six);
    out.size = sizeof six;
    return out;
  }
  return fail_stop("net/listen-address", "'" + at.host + "' is not an IP address",
                   "write an address of this machine, 127.0.0.1 for this machine alone, or "
                   "0.0.0.0 or [::] for all of its addresses");
}

Failure cannot_listen(const PeerAddress& at, std::string_view transport, int error) {
  const std::string where = std::string{transport} + " " + at.text();
  const auto failure = [&](std::string code, std::string why, std::string next_step) {
    return Failure{.verdict = Verdict::stop,
                   .code = std::move(code),
                   .cause = "cannot listen on " + where + ": " + std::move(why),
                   .consequence = "nothing that is sent there is received",
                   .next_step = std::move(next_step)};
  };
  const std::string port = std::to_string(at.port);
  if (error == EACCES || error == EPERM) {
    return failure("net/listen-privileged",
                   "ports below 1024 need a right that this process does not have",
                   "under systemd add `AmbientCapabilities=CAP_NET_BIND_SERVICE` to the unit "
                   "(`systemctl edit cistern`), otherwise `setcap cap_net_bind_service=+ep` on the "
                   "program or `sysctl net.ipv4.ip_unprivileged_port_start=" +
                       port + "`, or choose a port above 1023");
  }
  if (error == EADDRINUSE) {
    return failure("net/listen-port", "another program has the port",
                   "find it with `ss -lnp " + std::string{transport == "udp" ? "--udp" : "--tcp"} +
                       " sport = :" + port +
                       "` (often rsyslog) and stop it, or choose another port");
  }
  if (error == EADDRNOTAVAIL) {
    return failure("net/listen-address", "the address is not one of this machine",
                   "`ip address` lists them; 0.0.0.0 or [::] means all");
  }
  return failure("net/listen", std::system_category().message(error),
                 "look at the address and at the limits of the process");
}

void set(int socket, int level, int name, int value) {
  // A system that does not know an option works without it.
  static_cast<void>(::setsockopt(socket, level, name, &value, sizeof value));
}

Result<Descriptor> bound_socket(const PeerAddress& at, int type, std::string_view transport,
                                bool share_port) {
  const auto address = address_of(at);
  if (!address) return fail(address.error());
  Descriptor made{::socket(address->storage.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (made.get() < 0) return fail(cannot_listen(at, transport, errno));
  if (type == SOCK_STREAM) set(made.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (share_port) set(made.get(), SOL_SOCKET, SO_REUSEPORT, 1);
  if (address->storage.ss_family == AF_INET6) set(made.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (::bind(made.get(), address->get(), address->size) != 0)
    return fail(cannot_listen(at, transport, errno));
  return made;
}

}  // namespace

Result<Descriptor> listen_stream(const PeerAddress& at) {
  auto made = bound_socket(at, SOCK_STREAM, "tcp", false);
  if (!made) return made;
  if (::listen(made->get(), kBacklog) != 0) return fail(cannot_listen(at, "tcp", errno));
  return made;
}

Result<DatagramSocket> bind_datagram(const PeerAddress& at, std::size_t buffer, bool share_port) {
  auto made = bound_socket(at, SOCK_DGRAM, "udp", share_port);
  if (!made) return fail(made.error());
  const int socket = made->get();
  const auto wanted = static_cast<int>(buffer);
  // The second is for those with the right to pass the system's limit, and nothing for the others.
  set(socket, SOL_SOCKET, SO_RCVBUF, wanted);
  set(socket, SOL_SOCKET, SO_RCVBUFFORCE, wanted);
  set(socket, SOL_SOCKET, SO_RXQ_OVFL, 1);
  int granted = 0;
  socklen_t size = sizeof granted;
  static_cast<void>(::getsockopt(socket, SOL_SOCKET, SO_RCVBUF, &granted, &size));
  // The system doubles what it is asked for, for its own bookkeeping.
  return DatagramSocket{.socket = std::move(*made),
                        .buffer = static_cast<std::size_t>(granted > 0 ? granted : 0) / 2};
}

std::uint16_t bound_port(const Descriptor& socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) return 0;
  return sender_of(storage).port;
}

Result<std::optional<Accepted>> accept_stream(const Descriptor& listener) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  const int taken = ::accept4(listener.get(), reinterpret_cast<sockaddr*>(&storage), &size,
                              SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (taken >= 0) {
    Accepted out{.socket = Descriptor{taken}, .peer = sender_of(storage)};
    set(taken, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(taken, IPPROTO_TCP, TCP_KEEPIDLE, 60);
    set(taken, IPPROTO_TCP, TCP_KEEPINTVL, 15);
    set(taken, IPPROTO_TCP, TCP_KEEPCNT, 4);
    set(taken, IPPROTO_TCP, TCP_NODELAY, 1);
    return std::optional{std::move(out)};
  }
  if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
    return fail({.verdict = Verdict::retry,
                 .code = "net/accept",
                 .cause = "no connection can be taken: " + std::system_category().message(errno),
                 .consequence = "senders wait",
                 .next_step = "raise the limit of open files (`LimitNOFILE=` of the unit)"});
  }
  // Anything else is a connection that ended before it was taken.
  return std::optional<Accepted>{};
}

namespace {
constexpr std::size_t kSlots = 256;
/// Most messages fit; the rest of a longer one goes to a place of its own.
constexpr std::size_t kSlotBytes = 2048;
}  // namespace

struct DatagramReceiver::Slots {
  explicit Slots(std::size_t rest_bytes) : bytes(kSlots * kSlotBytes) {
    rest.resize(kSlots);
    for (std::size_t i = 0; i < kSlots; ++i) {
      parts[i][0] = {.iov_base = bytes.data() + i * kSlotBytes, .iov_len = kSlotBytes};
      rest[i].reset(rest_bytes > 0 ? new char[rest_bytes] : nullptr);
      parts[i][1] = {.iov_base = rest[i].get(), .iov_len = rest_bytes};
      auto& header = headers[i].msg_hdr;
      header.msg_iov = parts[i].data();
      header.msg_iovlen = rest_bytes > 0 ? 2 : 1;
    }
  }
  std::vector<char> bytes;
  // Not touched, and so without memory behind it, until a long datagram comes.
  std::vector<std::unique_ptr<char[]>> rest;
  std::array<std::array<iovec, 2>, kSlots> parts{};
  std::array<sockaddr_storage, kSlots> peers{};
  struct alignas(cmsghdr) Control {
    std::array<char, CMSG_SPACE(sizeof(std::uint32_t))> bytes;
  };
  std::array<Control, kSlots> controls{};
  std::array<mmsghdr, kSlots> headers{};
  std::vector<std::string> joined;
};

DatagramReceiver::DatagramReceiver(Descriptor socket, std::size_t most)
    : socket_(std::move(socket)),
      most_(most),
      slots_(std::make_unique<Slots>(most > kSlotBytes ? most - kSlotBytes : 0)) {}

DatagramReceiver::~DatagramReceiver() = default;

const std::vector<Datagram>& DatagramReceiver::receive() {
  arrived_.clear();
  Slots& slots = *slots_;
  slots.joined.clear();
  for (std::size_t i = 0; i < kSlots; ++i) {
    auto& header = slots.headers[i].msg_hdr;
    header.msg_name = &slots.peers[i];
    header.msg_namelen = sizeof(sockaddr_storage);
    header.msg_control = slots.controls[i].bytes.data();
    header.msg_controllen = slots.controls[i].bytes.size();
  }
  const int count = ::recvmmsg(socket_.get(), slots.headers.data(), kSlots, MSG_DONTWAIT, nullptr);
  if (count <= 0) return arrived_;
  slots.joined.reserve(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const mmsghdr& message = slots.headers[i];
    const char* const begin = slots.bytes.data() + i * kSlotBytes;
    Datagram datagram{.bytes = {begin, std::min<std::size_t>(message.msg_len, kSlotBytes)},
                      .peer = sender_of(slots.peers[i]),
                      .truncated = (message.msg_hdr.msg_flags & MSG_TRUNC) != 0};
    if (message.msg_len > kSlotBytes) {
      slots.joined.emplace_back(datagram.bytes)
          .append(slots.rest[i].get(), message.msg_len - kSlotBytes);
      datagram.bytes = slots.joined.back();
    }
    if (datagram.bytes.size() > most_) {
      datagram.bytes = datagram.bytes.substr(0, most_);
      datagram.truncated = true;
    }
    arrived_.push_back(datagram);
  }
  // The count runs on with the socket, so that of the last datagram holds all before it.
  auto& last = slots.headers[static_cast<std::size_t>(count) - 1].msg_hdr;
  const cmsghdr* const control = CMSG_FIRSTHDR(&last);
  if (control != nullptr && control->cmsg_type == SO_RXQ_OVFL) {
    std::uint32_t total = 0;
    std::memcpy(&total, CMSG_DATA(control), sizeof total);
    dropped_ += static_cast<std::uint32_t>(total - last_count_);
    last_count_ = total;
  }
  return arrived_;
}

}  // namespace cistern::net
