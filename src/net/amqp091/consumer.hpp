// Consumes one queue of an AMQP 0-9-1 broker over TLS.
//
// The AMQP library belongs to one thread, so each connection has a thread of its own; whoever made
// it hears of it through ConsumerEvents and acknowledges from any thread. One object is one
// connection: it is opened once, ends once, and whoever made it decides whether another follows.
#pragma once

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "net/amqp091/broker_end.hpp"
#include "net/amqp091/message_assembler.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cistern::net::amqp091 {

struct ConsumerSettings {
  std::string host;  ///< Also the name in the certificate, and what the broker is told by SNI.
  std::uint16_t port = 443;
  std::string virtual_host = "/";
  std::string user;
  Secret password;
  std::string queue;    ///< Must exist: it is never declared, bound or changed.
  std::string ca_file;  ///< PEM bundle in place of the system's authorities; empty: the system's.
  /// Messages that the broker hands out before the first of them is acknowledged.
  std::uint16_t prefetch = 2000;
  Duration heartbeat = std::chrono::seconds{30};
  Duration connect_timeout = std::chrono::seconds{8};
  std::uint64_t most_body = 16ULL << 20;  ///< What is beyond is not kept, and counted.
  std::uint64_t most_held = 16ULL << 20;  ///< Bytes handed over and not acknowledged.
  /// How long messages wait for more while earlier ones are on their way into the store.
  Duration gather = std::chrono::milliseconds{20};
  std::uint64_t group_bytes = 1ULL << 20;  ///< A group of about so many bytes waits for no more.
  /// Nothing was acknowledged for so long while no more is held: the connection is given back, long
  /// before the broker takes the messages back by itself.
  Duration patience = std::chrono::minutes{1};
  /// How often the broker is asked how much waits. That also finds a queue that was deleted without
  /// our being told.
  Duration depth_every = std::chrono::minutes{1};
};

struct ConsumerOpened {
  std::uint64_t waiting = 0;    ///< Messages in the queue, before any of them came.
  std::uint64_t consumers = 0;  ///< Besides us.
  std::string server;           ///< "RabbitMQ 3.10.8", as the broker names itself; bounded.
};

/// Called on the consumer's thread, in this order: opened, then deliveries and depths, then ended,
/// once and last. They must only hand the news on, and may take the time to decode.
struct ConsumerEvents {
  std::function<void(const ConsumerOpened&)> opened;
  /// In the order of the queue; about `group_bytes`, or what was there.
  std::function<void(std::vector<Delivery>)> delivered;
  std::function<void(std::uint64_t waiting)> depth;
  std::function<void()> paused;  ///< Nothing more is read until something is acknowledged.
  std::function<void(End)> ended;
};

/// Destroying it ends the connection and waits for its thread, at most for `connect_timeout`; what
/// was not acknowledged comes again on another connection.
class Consumer {
 public:
  virtual ~Consumer() = default;
  /// All messages up to this tag are done with. Tags of another connection must not be given.
  virtual void acknowledge(std::uint64_t tag) = 0;
  /// Hands nothing more over, and still acknowledges: so that what is on its way can be.
  virtual void take_no_more() = 0;
  /// Acknowledges what it was told to, takes leave of the broker, and ends with EndKind::stopped.
  virtual void stop() = 0;
  /// When the thread last came round, on the steady clock. It does so at least twice in a
  /// heartbeat; a thread that hangs in the library or in a callback does not.
  [[nodiscard]] virtual Duration last_turn() const = 0;
};

/// Connects from now on. `clock` outlives it.
std::unique_ptr<Consumer> start_consumer(ConsumerSettings settings, ConsumerEvents events,
                                         const Clock& clock);

}  // namespace cistern::net::amqp091
