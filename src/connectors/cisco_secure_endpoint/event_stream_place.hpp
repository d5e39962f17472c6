// What the connector's position holds of its event stream. Pure.
//
// Keys: `event_stream/intent` (the name of a stream that is being made), `event_stream/stream`
// (what it is and how to reach it), `event_stream/password` (sealed), `event_stream/keys` (sealed:
// what removing it takes), `event_stream/seen` (when its queue was last consumed).
#pragma once

#include "base/record.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::connectors::cisco_secure_endpoint {

inline constexpr std::string_view kStreamIntent = "event_stream/intent";
inline constexpr std::string_view kStreamStream = "event_stream/stream";
inline constexpr std::string_view kStreamPassword = "event_stream/password";
inline constexpr std::string_view kStreamKeys = "event_stream/keys";
inline constexpr std::string_view kStreamSeen = "event_stream/seen";

/// A stream that stands at the vendor.
struct KnownStream {
  std::uint64_t id = 0;
  std::string name;
  std::string api_url;  ///< Of the cloud where it is.
  std::string wanted;   ///< Name and filters that were asked for: other ones take another stream.
  std::string user;
  std::string queue;
  std::string host;
  std::uint16_t port = 0;
  /// From then on its queue has held all events: since it was made, or since it was read again
  /// after a time longer than the vendor keeps messages.
  TimePoint since{};
};

struct StreamPlace {
  std::string intent;  ///< Empty: none is being made.
  std::optional<KnownStream> stream;
  std::string password;  ///< Sealed.
  std::string keys;      ///< Sealed.
  TimePoint seen{};
};

/// What cannot be read counts as absent: the stream is then made anew, and one of the intent's name
/// is removed before.
StreamPlace read_stream_place(const Position& position);

std::string write_known_stream(const KnownStream& stream);

/// The names that sealed values belong to.
std::string password_name(const KnownStream& stream);
std::string keys_name(const KnownStream& stream);

}  // namespace cistern::connectors::cisco_secure_endpoint
