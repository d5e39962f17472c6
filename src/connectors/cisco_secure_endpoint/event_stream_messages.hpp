// The sentences about the event stream. Pure.
#pragma once

#include "base/result.hpp"
#include "connectors/cisco_secure_endpoint/event_stream_place.hpp"
#include "net/amqp091/broker_end.hpp"

#include <string>
#include <string_view>

namespace cistern::connectors::cisco_secure_endpoint {

/// One notice stands at a time: all of them have this code.
inline constexpr std::string_view kStreamNotice = "cisco_secure_endpoint/event-stream";

/// How long the vendor keeps messages that nobody reads.
inline constexpr Duration kQueueKeeps = std::chrono::hours{24 * 10};

/// The broker cannot be consumed.
Failure stream_interrupted(const KnownStream& stream, const net::amqp091::End& end, TimePoint seen);
/// The vendor no longer knows the stream, and it is made again.
Failure stream_made_again(const KnownStream& stream);
/// Likewise, and it is not to be made again.
Failure stream_gone(const KnownStream& stream);
/// The vendor refuses what is asked of it.
Failure stream_refused(const Failure& failure);
/// A stream at another cloud, which this connector no longer reads.
Failure stream_left_behind(const KnownStream& stream);
/// The password of a stream cannot be opened any more.
Failure stream_password_lost(const KnownStream& stream, const Failure& failure);
/// All is well again: ends the notice that stands.
Failure stream_works();

}  // namespace cistern::connectors::cisco_secure_endpoint
