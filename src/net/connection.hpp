// A connection of a client that does one thing at a time: plain TCP or TLS, used from one thread,
// with deadlines and a way to end its waits from outside.
#pragma once

#include "net/socket.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace cistern::net {

/// Every failure is final: the connection is of no use after it.
class Connection {
 public:
  virtual ~Connection() = default;

  /// Hands over as much as the system takes now; 0: nothing, wait() first and then come with the
  /// same bytes. Failures: "net/closed", "net/timeout", and those of TLS.
  virtual Result<std::size_t> write_some(std::string_view bytes) = 0;

  struct Arrived {
    std::size_t bytes = 0;  ///< 0 and not ended: nothing now.
    bool ended = false;     ///< The peer ended the connection.
  };
  virtual Result<Arrived> read_some(std::span<char> into) = 0;

  /// Waits until something arrives, or (for `to_write`) until more can be handed over. False:
  /// neither happened within `limit`. Failure: "net/cancelled".
  virtual Result<bool> wait(bool to_write, Duration limit) = 0;

  /// Bytes that were handed over and that the peer's system has not acknowledged.
  [[nodiscard]] virtual Result<std::uint64_t> unacknowledged() const = 0;

  /// Says farewell where the protocol has one, without waiting.
  virtual void close() = 0;

  [[nodiscard]] virtual const PeerAddress& peer() const = 0;
};

/// Plain TCP. Failures as connect_stream().
Result<std::unique_ptr<Connection>> connect_tcp(const PeerAddress& peer, const SocketTimes& times,
                                                const Cancellation& cancellation);

/// Writes all of it, passing over what arrives meanwhile. `limit`: nothing handed over for so long
/// is "net/timeout"; a peer that ended the connection is "net/closed".
Status write_all(Connection& connection, std::string_view bytes, Duration limit);

/// Passes over what has arrived. Failure "net/closed" when the peer ended the connection.
Status pass_over_arrived(Connection& connection);

/// Waits until the peer's system has acknowledged all that was handed over. `limit`: no
/// acknowledgement for so long is "net/timeout"; a connection that ends meanwhile, or stands at an
/// end when all is acknowledged, is "net/closed".
Status await_acknowledged(Connection& connection, Duration limit);

}  // namespace cistern::net
