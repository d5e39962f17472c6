// Receives for connectors that others connect or send to: sockets, threads, limits, back-pressure
// and the orderly end. What the bytes mean is the connector's: a ListenProtocol.
//
// Streams share one thread, each datagram socket has its own, so that the system's small buffers
// are emptied whatever else goes on. Nothing is shared between the threads but the counters.
#pragma once

#include "net/listen/server_stream.hpp"
#include "runtime/connector.hpp"
#include "runtime/listen/listen_batch.hpp"
#include "runtime/listen/listen_counters.hpp"
#include "runtime/listen/sender_limits.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::runtime {

struct ListenEndpoint {
  enum class Transport : std::uint8_t { udp, tcp };
  std::string name;  ///< As the user wrote it: "tls://0.0.0.0:6514".
  Transport transport = Transport::tcp;
  net::PeerAddress at;
  std::shared_ptr<const net::TlsServer> tls;  ///< Of tcp: none is plain.
  std::size_t sockets = 1;                    ///< Of udp: with a thread each.
  std::size_t buffer = 32U << 20;             ///< Of udp: what the system should hold for us.
};

/// A connection, as its session sees it. Copies speak of the same connection; after its end they do
/// nothing. On the listener's thread only.
struct ListenPeer {
  std::size_t endpoint = 0;  ///< Which one of the driver's.
  net::Sender sender;
  std::string certificate;                      ///< Name in the verified certificate; empty: none.
  std::function<void(std::string_view)> write;  ///< Bounded: a peer that does not read is closed.
  std::function<void()> close;                  ///< When what was written has gone out.
};

/// What the connector makes of one connection's bytes.
class ListenSession {
 public:
  virtual ~ListenSession() = default;
  /// `bytes` begins with what the last call did not use. Adds records to the batch; answers how
  /// many bytes were used. The views that it adds may point into `bytes`.
  virtual std::size_t arrived(std::string_view bytes, ListenBatch& batch) = 0;
  /// The connection has ended, or is ended by us; `rest` is what was not used.
  virtual void ended(std::string_view rest, ListenBatch& batch) = 0;
  /// Whether answers are still to come that wait for a commit: a peer that only ended its sending
  /// then hears them before its connection is closed.
  [[nodiscard]] virtual bool owes_answers() const { return false; }
};

class ListenProtocol {
 public:
  virtual ~ListenProtocol() = default;
  virtual std::unique_ptr<ListenSession> open(ListenPeer peer) = 0;
  /// The views live until the call returns: what is kept must be copied into the batch.
  virtual void datagrams(std::size_t endpoint, std::span<const net::Datagram> arrived,
                         ListenBatch& batch) = 0;
};

struct ListenDriverOptions {
  std::string connector;
  std::vector<ListenEndpoint> endpoints;
  std::vector<net::AddressRange> allow;  ///< Empty: everybody.
  SenderBounds bounds;
  std::size_t most_pending = 64 * 1024;  ///< Bytes that a session may leave unused.
  std::size_t most_datagram = 64 * 1024;
  Duration idle_limit = std::chrono::hours{1};
  Duration handshake_limit = std::chrono::seconds{10};
  std::uint64_t max_unstored = 64ULL << 20;
};

/// Makes one protocol for each thread.
using ListenProtocols = std::function<std::unique_ptr<ListenProtocol>()>;

/// The ports in use, by endpoint, once they are open; for tests and for people who asked for 0.
using ListenOpened = std::function<void(std::size_t endpoint, std::uint16_t port)>;

/// Opens its sockets in start() and again every few seconds while that fails. While the journal or
/// the memory is full, streams are not read (their senders feel it) and datagrams stay in the
/// system's buffer, where what does not fit is dropped and counted. stop() takes what has arrived,
/// waits until it is durable, and lets sessions acknowledge it.
std::unique_ptr<Connector> make_listen_connector(ListenDriverOptions options,
                                                 ListenProtocols protocols,
                                                 std::shared_ptr<ListenCounters> counters,
                                                 const Services& services,
                                                 ListenOpened opened = {});

}  // namespace cistern::runtime
