// How the consumption of a queue ended, in words and as one of a few kinds. Pure.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cistern::net::amqp091 {

enum class EndKind : std::uint8_t {
  stopped,      ///< We were asked to.
  paused,       ///< Nothing could be taken for too long; the messages wait in the queue.
  unreachable,  ///< No connection: name, network, a proxy between, a broker that is down.
  untrusted,    ///< The certificate, its name, or TLS itself was refused by us.
  refused,      ///< The broker refused user or password.
  queue_gone,   ///< There is no such queue.
  forbidden,    ///< Logged in, but reading this queue is not allowed.
  locked,       ///< Another consumer has the queue for itself.
  reset,        ///< The broker ended our channel: a tag it does not know, an acknowledgement that
                ///< took too long.
  cancelled,    ///< The broker ended our consuming: the queue was deleted, or moved.
  forced,       ///< The broker ends its connections: maintenance, a restart.
  silent,       ///< No sign of life within the heartbeat.
  broken,       ///< The connection broke, or the other side does not speak AMQP 0-9-1.
};
std::string_view to_string(EndKind kind);

struct End {
  EndKind kind = EndKind::broken;
  Failure failure;  ///< Code "amqp/..." and a next step; of `stopped` without meaning.
};

/// How far the connection had come.
enum class Phase : std::uint8_t {
  connecting,  ///< TCP and TLS.
  login,
  opening,  ///< Channel, queue, consumer.
  consuming,
};

/// What the messages name.
struct BrokerPlace {
  std::string host;
  std::uint16_t port = 0;
  std::string queue;
  std::string user;
  std::string ca_file;  ///< Empty: the system's.
};

/// Of a status of the client library (amqp_status_enum).
///
/// A connection that the broker closes during the login without a word is a refused login: brokers
/// of old do that, and TLS had proven before that this is the broker.
End end_of_status(int status, Phase phase, const BrokerPlace& place);

/// Of a channel.close.
End end_of_channel(std::uint16_t code, std::string_view text, const BrokerPlace& place);

/// Of a connection.close.
End end_of_connection(std::uint16_t code, std::string_view text, Phase phase,
                      const BrokerPlace& place);

/// Of a basic.cancel from the broker.
End end_of_cancel(const BrokerPlace& place);

/// Nothing could be stored for `waited`, so the connection was given back.
End end_of_patience(std::int64_t seconds, const BrokerPlace& place);

/// Frames that come in no sensible order.
End end_of_nonsense(std::string_view what, const BrokerPlace& place);

}  // namespace cistern::net::amqp091
