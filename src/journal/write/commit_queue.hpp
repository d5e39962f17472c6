// The commits that wait to be written, in two lanes: what was pushed to us passes the rest when the
// store is full.
#pragma once

#include "journal/segment/group_builder.hpp"
#include "journal/write/commit_bounds.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

namespace cistern::journal {

/// Which commits a store takes.
enum class Gate : std::uint8_t {
  all,
  pushed,  ///< At max_size: those that may use the reserve.
  none,    ///< The reserve is used up as well.
};

/// Not safe by itself: the writer's mutex guards it. As long as the gate is open to all, the order
/// is that of handing over.
class CommitQueue {
 public:
  /// Leaves `pending` as it was and returns false when its lane holds too much.
  bool push(PendingCommit& pending) {
    const std::uint64_t bytes = bytes_of(pending.commit);
    Lane& lane = pending.commit.pushed ? pushed_ : others_;
    const bool room = pushed_.bytes + others_.bytes + bytes <= kMaxQueuedBytes;
    // Commits that wait for room must not take the memory from those that may go on.
    const bool own_room = pending.commit.pushed && pushed_.bytes + bytes <= kMaxPushedBytes;
    if (!lane.waiting.empty() && !room && !own_room) return false;
    lane.bytes += bytes;
    lane.waiting.push_back({++ticket_, bytes, std::move(pending)});
    return true;
  }

  [[nodiscard]] bool empty() const { return others_.waiting.empty() && pushed_.waiting.empty(); }
  [[nodiscard]] std::size_t size() const { return others_.waiting.size() + pushed_.waiting.size(); }

  /// Whether a commit may go through the gate.
  [[nodiscard]] bool ready(Gate gate) const {
    return (gate == Gate::all && !others_.waiting.empty()) ||
           (gate != Gate::none && !pushed_.waiting.empty());
  }
  /// The next one; ready() says that there is one.
  PendingCommit pop(Gate gate) {
    const bool both = gate == Gate::all && !others_.waiting.empty() && !pushed_.waiting.empty();
    if (both) {
      const bool earlier = others_.waiting.front().ticket < pushed_.waiting.front().ticket;
      return (earlier ? others_ : pushed_).pop();
    }
    return (gate == Gate::pushed || others_.waiting.empty() ? pushed_ : others_).pop();
  }

 private:
  struct Waiting {
    std::uint64_t ticket = 0;
    std::uint64_t bytes = 0;
    PendingCommit pending;
  };
  struct Lane {
    std::deque<Waiting> waiting;
    std::uint64_t bytes = 0;
    PendingCommit pop() {
      PendingCommit pending = std::move(waiting.front().pending);
      bytes -= std::min(bytes, waiting.front().bytes);
      waiting.pop_front();
      return pending;
    }
  };

  Lane others_;
  Lane pushed_;
  std::uint64_t ticket_ = 0;
};

}  // namespace cistern::journal
