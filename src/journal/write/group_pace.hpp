// When an open group is closed.
#pragma once

#include "base/time.hpp"

#include <algorithm>
#include <cstdint>

namespace cistern::journal {

/// A number of permits that fills up with time.
class Permits {
 public:
  Permits(std::uint64_t most, Duration each) : most_(most), each_(each), count_(most) {}
  bool take(Duration now) {
    if (each_ <= Duration{0}) return true;
    const auto gained =
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, (now - since_) / each_));
    if (gained > 0) {
      count_ = std::min(most_, count_ + std::min(gained, most_));
      since_ += each_ * static_cast<std::int64_t>(gained);
    }
    if (count_ == 0) return false;
    --count_;
    return true;
  }

 private:
  std::uint64_t most_;
  Duration each_;
  std::uint64_t count_;
  Duration since_{0};
};

/// What is in the open group.
struct OpenGroup {
  std::uint64_t bytes = 0;  ///< Of lines.
  bool prompt = false;      ///< Holds records, or an item somebody waits for.
  bool commits = false;     ///< Holds commits without records.
  bool awaited = false;     ///< Holds a commit whose sender is silent until it hears of it.
  bool urgent = false;
  Duration opened{0};  ///< Steady time of its first item.
};

/// Decides how long a group waits for more. Large groups compress well and share a sync; but a
/// caller who commits one thing at a time gains nothing from waiting. So a group with nothing
/// behind it closes at once as long as this is not done often: a burst of small groups is free, a
/// steady trickle becomes one group each `group_delay`. Where a sender is silent until it hears of
/// its commit, waiting would set its speed, and a group waits for a few milliseconds only.
class GroupPace {
 public:
  GroupPace(std::uint64_t group_size, Duration group_delay, Duration idle_delay)
      : group_size_(group_size),
        group_delay_(group_delay),
        idle_delay_(idle_delay),
        early_(kEarlyGroups, group_delay),
        early_idle_(kEarlyIdleGroups, idle_delay) {}

  /// How long the group may still wait for more; zero or less: close it now. Call once each time
  /// the queue has run empty, because it may use up a permit.
  Duration wait(const OpenGroup& group, Duration now) {
    if (group.urgent || group.bytes >= group_size_) return Duration{0};
    if (group.prompt && early_.take(now)) return Duration{0};
    if (!group.prompt && group.commits && early_idle_.take(now)) return Duration{0};
    return delay_of(group) - (now - group.opened);
  }
  [[nodiscard]] bool full(std::uint64_t bytes) const { return bytes >= group_size_; }

 private:
  static constexpr std::uint64_t kEarlyGroups = 64;
  static constexpr std::uint64_t kEarlyIdleGroups = 16;
  static constexpr Duration kAwaitedDelay = std::chrono::milliseconds{4};

  [[nodiscard]] Duration delay_of(const OpenGroup& group) const {
    if (group.awaited) return std::min(kAwaitedDelay, group_delay_);
    return group.prompt ? group_delay_ : idle_delay_;
  }

  std::uint64_t group_size_;
  Duration group_delay_;
  Duration idle_delay_;
  Permits early_;
  Permits early_idle_;
};

}  // namespace cistern::journal
