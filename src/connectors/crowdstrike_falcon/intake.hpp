// What becomes of a batch of a feed's values: kept, repeated, left out, or a sign of something
// else. Pure, but for the feed's own cursor.
#pragma once

#include "base/stream.hpp"
#include "connectors/crowdstrike_falcon/feed.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cistern::connectors::crowdstrike_falcon {

/// Offsets that were lost at the vendor: from, from + 1, ... to.
struct OffsetGap {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  TimePoint after{};   ///< Latest creation time of what was stored before; epoch: nothing was.
  TimePoint before{};  ///< Creation time of the first event behind it.
  Failure failure;
};

struct Intake {
  std::vector<Record> kept;
  std::uint64_t repeated = 0;      ///< Read before.
  std::uint64_t left_out = 0;      ///< By event_types or exclude_event_types.
  std::uint64_t before_start = 0;  ///< Older than what the first start asked for.
  std::uint64_t problems = 0;
  bool unplaced = false;      ///< Some records are placed by identity and not by offset.
  bool moved = false;         ///< The cursor moved.
  bool began_passed = false;  ///< From now on age no longer decides.
  TimePoint earliest{};       ///< Creation times of what moved the cursor.
  TimePoint latest{};
  std::optional<OffsetGap> gap;
  /// The vendor counts anew: an event with an offset that was read before, created long after
  /// everything that was read. Nothing behind it was taken.
  bool renumbered = false;
};

/// Takes the batch in and moves the feed's cursor over it. Offsets increase strictly in a feed, so
/// what is not larger than the last one was read before: after a reconnect, or repeated by the
/// vendor. Holes between offsets are normal. A creation time behind `plausible` is the fault of a
/// clock, and says nothing of how far the feed was read.
Intake take_in(Feed& feed, const StreamBatch& batch, std::string_view customer,
               TimePoint plausible);

/// Of a value without offset: its place behind an event, and its bytes. Seen again after a
/// reconnect it gets the same one.
Identity unplaced_identity(const Feed& feed, std::string_view customer, std::string_view raw,
                           std::uint64_t ordinal);

}  // namespace cistern::connectors::crowdstrike_falcon
