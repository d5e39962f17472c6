// A stream's values become records.
#pragma once

#include "base/record.hpp"
#include "base/stream.hpp"
#include "connectors/crowdstrike_falcon/event_filter.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::connectors::crowdstrike_falcon {

struct DecoderContext {
  std::string feed;         ///< As in identities; see feed_cursor.hpp.
  std::string partition;    ///< For meta.
  std::uint64_t epoch = 0;  ///< How often the feed's numbering began anew.
  std::shared_ptr<const EventFilter> filter;
};

/// A record larger than this goes to the store in pieces, because a commit is bounded.
inline constexpr std::size_t kMaxPiece = 4U << 20;

/// Records that the filter leaves out have this stream: they are counted and not stored.
inline constexpr std::string_view kLeftOut = "(left out)";

/// The envelope's facts. Integers are read as such, never through a floating-point number.
struct EventFacts {
  std::string_view customer;  ///< customerIDString; empty when absent.
  std::string_view type;      ///< eventType.
  std::optional<std::uint64_t> offset;
  TimePoint created{};  ///< Epoch when absent or absurd.
};

/// Reads `metadata` of an object that is valid JSON, or valid but for its UTF-8.
EventFacts read_facts(std::string_view json);

/// (vendor, customer, feed, offset), the customer in lower case; with the epoch when it is not 0.
Identity event_identity(std::string_view customer, std::string_view feed, std::uint64_t offset,
                        std::uint64_t epoch);

/// Splits and validates, losing no byte of any value. Pure; runs on the worker pool.
///
/// What is no JSON object, or holds no usable metadata, becomes a record with a problem, without
/// offset and with a zero identity: the machine gives it one by its place behind the last event. An
/// event of more than kMaxPiece comes in pieces, each with a problem and an identity of its own, of
/// which the last one alone carries the offset.
std::shared_ptr<const StreamBatch> decode_events(StreamValues values,
                                                 const DecoderContext& context);

}  // namespace cistern::connectors::crowdstrike_falcon
