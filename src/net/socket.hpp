// Sockets of clients that block: names, connecting with a deadline, and what goes wrong in words.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "net/cancellation.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cistern::net {

/// A host name or address, and a port.
struct PeerAddress {
  std::string host;
  std::uint16_t port = 0;
  [[nodiscard]] std::string text() const;  ///< "host:port", "[2001:db8::1]:port"
  friend bool operator==(const PeerAddress&, const PeerAddress&) = default;
};

/// Reads "host:port" and "[2001:db8::1]:port".
std::optional<PeerAddress> parse_peer_address(std::string_view text);

/// How long things may take.
struct SocketTimes {
  Duration connect = std::chrono::seconds{10};
  /// Sent and not acknowledged for so long: the connection counts as broken.
  Duration progress = std::chrono::seconds{30};
  /// Silent for so long: the peer's system is asked whether it is still there.
  Duration keep_alive = std::chrono::seconds{60};
  /// Which of a name's addresses comes first, counted round: a next attempt that counts on begins
  /// with another one, for addresses that take connections and are of no use beyond that.
  std::size_t turn = 0;
};

/// Owns a descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  [[nodiscard]] int get() const { return number_; }
  void reset();

 private:
  int number_ = -1;
};

/// A non-blocking TCP connection; every address that the name has is tried. Failures (retry):
/// "net/name", "net/connect", "net/timeout", "net/cancelled".
Result<Descriptor> connect_stream(const PeerAddress& peer, const SocketTimes& times,
                                  const Cancellation& cancellation);

/// A UDP socket that sends to the peer only and hears of its refusals. Failures as above.
Result<Descriptor> connect_datagram(const PeerAddress& peer, const SocketTimes& times,
                                    const Cancellation& cancellation);

/// Has the system acknowledge at once what arrived. A peer that sends many small pieces holds back
/// the next until the one before is acknowledged, which by default takes 40 ms each time. The
/// system forgets it, so it is said at each arrival.
void acknowledge_at_once(const Descriptor& socket);

/// Ends a stream so that what the peer has not read stays readable: bytes that arrived and were not
/// read here would turn the end into a reset.
void end_stream(Descriptor& socket);

Failure cancelled_failure();
/// What `error` (of errno) of a connection to `peer` means: "net/closed" or "net/connect".
Failure socket_failure(const PeerAddress& peer, int error);
/// `what`: "the connection", "the TLS handshake".
Failure timeout_failure(const PeerAddress& peer, std::string_view what, Duration limit,
                        std::string next_step);

}  // namespace cistern::net
