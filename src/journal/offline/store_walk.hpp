// Walks over all segments of a store as they lie on the disk, for the offline tools.
#pragma once

#include "base/files.hpp"
#include "journal/segment/segment_scan.hpp"

#include <functional>
#include <string>

namespace cistern::journal {

struct WalkVisitor {
  /// A segment begins; its header may be a failure.
  std::function<void(Sequence segment, std::uint64_t size, const Result<HeaderFrame>&)> segment;
  /// A group that counts. False ends the walk.
  std::function<bool(Sequence segment, ScannedGroup&)> group;
  std::function<void(Sequence segment, const DamagedRange&)> damaged;
  /// Bytes behind the last group. In the last segment an interrupted write leaves them, in another
  /// one a write that was done again in the next segment.
  std::function<void(Sequence segment, const ScanEnd&, bool last_segment)> end;
};

/// Fails only when files cannot be read, or with "journal/not-a-store".
Status walk_store(const std::string& store, Files& files, CheckData check,
                  const WalkVisitor& visitor);

}  // namespace cistern::journal
