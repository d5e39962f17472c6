// Replays segments into an index and finds out what is damaged.
#pragma once

#include "base/files.hpp"
#include "journal/index/index.hpp"
#include "journal/segment/segment_scan.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cistern::journal {

/// Bytes of a segment that are no valid group, and the events that are gone with them.
struct Damage {
  Sequence segment = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;  ///< 0: the events are missing without bytes to look at.
  Hole hole;               ///< `to` < `from` when only state was in it, or none is known.
  std::vector<ConnectorPart> reopened;  ///< Ledger rows of what was in it, to be asked for again.
};

/// The ledger rows of a group whose events are gone, as damaged, with the reason: what a vendor
/// offered there is not stored any more, its place in the ledger must not look whole, and whoever
/// can ask for it again must know. With the windows that the group says were asked for.
std::vector<ConnectorPart> reopened_by(const GroupControl& control);
/// As above, for a group of which nothing can be read any more: all rows that may have been in it,
/// as the index knows them. Some may be whole after all; asking for them again is harmless.
Result<std::vector<ConnectorPart>> reopened_by(const GroupPlace& place, Index& index);

/// What a replay leaves to be known.
struct ReplayEnd {
  Sequence segment = 0;     ///< The last one; 0 without any.
  std::uint64_t valid = 0;  ///< Its bytes up to the last valid group.
  std::uint64_t size = 0;
  Sequence last = 0;  ///< The highest sequence that was ever given out, as the log shows.
  std::uint64_t group = 0;
  bool sound_header = true;  ///< Of the last segment.
  std::vector<Damage> damaged;
};

/// Where to begin and what is known already.
struct ReplayPlan {
  std::vector<Sequence> segments;  ///< All of the store, in order.
  Sequence from_segment = 0;       ///< 0: from the first one's header on.
  std::uint64_t from_offset = 0;
  Sequence acknowledged = 0;  ///< Callers were told about events up to here.
  Sequence last = 0;          ///< Before `from`.
  std::uint64_t group = 0;
  bool beside_writer = false;  ///< A writer may start meanwhile, and cut the newest segment.
};

/// Applies headers and groups to the index. The data of the last segment is checked against its
/// sums; older data is checked by whoever reads it. Failures are the files' and the index's.
Result<ReplayEnd> replay_log(const std::string& store, Files& files, Index& index,
                             const ReplayPlan& plan);

}  // namespace cistern::journal
