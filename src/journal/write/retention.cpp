#include "journal/write/retention.hpp"

#include <algorithm>

namespace cistern::journal {

Sequence removable_before(const RetentionFacts& facts) {
  std::uint64_t total = 0;
  for (const SegmentInfo& segment : facts.segments)
    total += segment.size;
  Sequence before = 0;
  for (std::size_t i = 0; i + 1 < facts.segments.size(); ++i) {
    const SegmentInfo& segment = facts.segments[i];
    const bool read = segment.last < facts.read_before;
    const bool old = segment.newest + facts.keep < facts.now;
    if (!read || !(old || total >= facts.max_size)) break;
    total -= std::min(total, segment.size);
    before = facts.segments[i + 1].first;
  }
  return before;
}

Sequence read_before(const std::vector<NamedCursor>& cursors) {
  Sequence least = kNobodyReads;
  for (const NamedCursor& named : cursors)
    least = std::min(least, named.second.next);
  return least;
}

}  // namespace cistern::journal
