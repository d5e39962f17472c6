// Sending datagrams to one peer, many in one call of the system.
#pragma once

#include "net/socket.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace cistern::net {

class UdpSocket {
 public:
  /// Failures as connect_datagram().
  static Result<std::unique_ptr<UdpSocket>> connect(const PeerAddress& peer,
                                                    const SocketTimes& times,
                                                    const Cancellation& cancellation);
  UdpSocket(PeerAddress peer, Descriptor socket, const Cancellation& cancellation)
      : peer_(std::move(peer)), socket_(std::move(socket)), cancellation_(cancellation) {}

  struct Sent {
    std::size_t count = 0;
    bool too_long = false;  ///< The datagram behind them is longer than the way to the peer takes.
  };
  /// Sends in order; waits where the system's buffers are full, for at most `limit`. Failures:
  /// "net/connect" (the peer's machine says that nobody listens; what was sent since the last call
  /// is lost), "net/timeout", "net/cancelled".
  Result<Sent> send(std::span<const std::string_view> datagrams, Duration limit);

  /// Whether the peer's machine refused a datagram meanwhile; it says so late or never.
  Status refusals();

  /// The most bytes that go to the peer in one packet, as far as the system knows its way.
  [[nodiscard]] std::size_t most_bytes() const;

 private:
  using SteadyClock = std::chrono::steady_clock;
  Status wait_for_room(bool no_buffers, SteadyClock::time_point until, Duration limit);

  PeerAddress peer_;
  Descriptor socket_;
  const Cancellation& cancellation_;
  bool refused_ = false;  ///< Seen while sending, and not told yet.
};

}  // namespace cistern::net
