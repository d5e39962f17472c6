// When the events of one feed become readable, and which numbers they get: pure arithmetic, so that
// a week of history costs nothing until it is read.
#pragma once

#include "base/time.hpp"

#include <cstdint>

namespace cistern::lab {

struct FeedPace {
  std::uint64_t key = 0;  ///< Of the feed's randomness.
  TimePoint start{};
  Duration history{0};
  double history_per_hour = 0;
  double live_per_second = 0;
  std::uint64_t first_offset = 0;
};

class FeedSchedule {
 public:
  explicit FeedSchedule(const FeedPace& pace);

  /// How many of the feed's own events are readable at that moment.
  [[nodiscard]] std::uint64_t count(TimePoint when) const;
  /// When the event of this index becomes readable; later for a higher index.
  [[nodiscard]] TimePoint time_of(std::uint64_t index) const;
  /// The number of the event, if no other event had been added to the feed before it. Numbering has
  /// holes, small ones often and a large one each thousand events.
  [[nodiscard]] std::uint64_t number_of(std::uint64_t index) const;
  /// The first number behind the first `count` events.
  [[nodiscard]] std::uint64_t number_behind(std::uint64_t count) const;
  [[nodiscard]] std::uint64_t history_count() const { return history_count_; }
  [[nodiscard]] std::uint64_t key() const { return pace_.key; }

 private:
  [[nodiscard]] std::int64_t within(std::uint64_t index, std::int64_t interval) const;

  const FeedPace pace_;
  std::int64_t history_interval_ = 0;
  std::int64_t live_interval_ = 0;  // 0: nothing happens after the start.
  std::uint64_t history_count_ = 0;
};

}  // namespace cistern::lab
