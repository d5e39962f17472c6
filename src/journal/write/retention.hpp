// Which segments may go.
#pragma once

#include "base/time.hpp"
#include "journal/index/index.hpp"

#include <cstdint>
#include <limits>
#include <vector>

namespace cistern::journal {

/// No cursor exists, so nothing waits to be read.
inline constexpr Sequence kNobodyReads = std::numeric_limits<Sequence>::max();

struct RetentionFacts {
  std::vector<SegmentInfo> segments;    ///< In order; the last one is being written and stays.
  Sequence read_before = kNobodyReads;  ///< The least `next` of all cursors.
  TimePoint now{};
  Duration keep{};
  std::uint64_t max_size = 0;
};

/// Everything before the returned sequence may go; 0 when nothing may. Segments go from the oldest
/// on, only when every cursor is beyond them, and only when they are older than `keep` or the store
/// is larger than allowed. Unread events never go by age.
Sequence removable_before(const RetentionFacts& facts);

/// The least sequence that some cursor still wants, kNobodyReads without cursors. A cursor counts
/// also when its destination is no longer configured: only forgetting it releases what it holds.
Sequence read_before(const std::vector<NamedCursor>& cursors);

}  // namespace cistern::journal
