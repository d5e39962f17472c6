// Sockets that others connect or send to.
#pragma once

#include "net/listen/ip_address.hpp"
#include "net/socket.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace cistern::net {

/// A TCP socket that listens at the address and port (0: any free one); "::" takes IPv4 as well.
/// Failures (stop): "net/listen-address" (not an address of this machine), "net/listen-port" (in
/// use), "net/listen-privileged" (below 1024 without the right to), "net/listen".
Result<Descriptor> listen_stream(const PeerAddress& at);

struct DatagramSocket {
  Descriptor socket;
  /// What the system gives for arrived datagrams, as it counts them; it may be less than was asked
  /// for.
  std::size_t buffer = 0;
};

/// A UDP socket bound to the address. `share_port`: several sockets on the same port, among which
/// the system spreads the senders. Counts of what it had to drop come with each datagram. Failures
/// as above.
Result<DatagramSocket> bind_datagram(const PeerAddress& at, std::size_t buffer, bool share_port);

/// The port that the socket is bound to; 0 when it cannot be told.
std::uint16_t bound_port(const Descriptor& socket);

struct Accepted {
  Descriptor socket;
  Sender peer;
};
/// The next connection that waits; nothing when none does. Failure (retry) "net/accept": no
/// descriptors or memory left.
Result<std::optional<Accepted>> accept_stream(const Descriptor& listener);

struct Datagram {
  std::string_view bytes;
  Sender peer;
  bool truncated = false;  ///< The datagram was longer than is taken.
};

/// Takes many datagrams in one call of the system.
class DatagramReceiver {
 public:
  /// `most`: of the bytes of one datagram.
  DatagramReceiver(Descriptor socket, std::size_t most);
  DatagramReceiver(const DatagramReceiver&) = delete;
  DatagramReceiver& operator=(const DatagramReceiver&) = delete;
  ~DatagramReceiver();

  /// What has arrived, at most 256; empty when nothing has. The views live until the next call.
  [[nodiscard]] const std::vector<Datagram>& receive();
  /// What the system dropped since the socket was made, because nobody took it in time.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  [[nodiscard]] int descriptor() const { return socket_.get(); }
  [[nodiscard]] std::uint16_t port() const { return bound_port(socket_); }

 private:
  struct Slots;
  Descriptor socket_;
  std::size_t most_;
  std::uint64_t dropped_ = 0;
  std::uint32_t last_count_ = 0;
  std::unique_ptr<Slots> slots_;
  std::vector<Datagram> arrived_;
};

}  // namespace cistern::net
