#include "lab/crowdstrike_falcon/feed_schedule.hpp"

#include "lab/harness/random.hpp"

#include <algorithm>
#include <cmath>

namespace cistern::lab {

namespace {

constexpr std::uint64_t kLargeHole = 500;
constexpr std::uint64_t kBetweenLargeHoles = 1000;

std::int64_t interval_of(double per_second) {
  if (per_second <= 0) return 0;
  return std::max<std::int64_t>(std::llround(1e9 / per_second), 1);
}

}  // namespace

FeedSchedule::FeedSchedule(const FeedPace& pace)
    : pace_(pace),
      history_interval_(interval_of(pace.history_per_hour / 3600)),
      live_interval_(interval_of(pace.live_per_second)) {
  if (history_interval_ > 0 && pace.history > Duration{0}) {
    history_count_ = static_cast<std::uint64_t>(pace.history.count() / history_interval_);
  }
}

std::int64_t FeedSchedule::within(std::uint64_t index, std::int64_t interval) const {
  return static_cast<std::int64_t>(key_of({pace_.key, 0x71E, index}) %
                                   static_cast<std::uint64_t>(interval));
}

TimePoint FeedSchedule::time_of(std::uint64_t index) const {
  const bool past = index < history_count_;
  const auto interval = past ? history_interval_ : live_interval_;
  if (interval == 0) return TimePoint::max();
  const auto slot = static_cast<std::int64_t>(past ? index : index - history_count_);
  // The last slots of the history end at the start, whatever its length leaves over.
  const auto begin =
      past ? pace_.start - Duration{static_cast<std::int64_t>(history_count_) * interval}
           : pace_.start;
  return begin + Duration{slot * interval + within(index, interval)};
}

std::uint64_t FeedSchedule::count(TimePoint when) const {
  const bool past = when < pace_.start;
  const auto interval = past ? history_interval_ : live_interval_;
  if (interval == 0) return past ? 0 : history_count_;
  const auto begin =
      past ? pace_.start - Duration{static_cast<std::int64_t>(history_count_) * interval}
           : pace_.start;
  if (when < begin) return 0;
  const auto slot = static_cast<std::uint64_t>((when - begin).count() / interval);
  const auto index = past ? slot : history_count_ + slot;
  if (past && index >= history_count_) return history_count_;
  return index + (time_of(index) <= when ? 1 : 0);
}

std::uint64_t FeedSchedule::number_of(std::uint64_t index) const {
  const auto step = key_of({pace_.key, 0x0FF5E7, index}) & 1;
  const auto number = 2 * index + (index == 0 ? 0 : step);
  return pace_.first_offset + number + kLargeHole * (index / kBetweenLargeHoles);
}

std::uint64_t FeedSchedule::number_behind(std::uint64_t count) const {
  return count == 0 ? pace_.first_offset : number_of(count - 1) + 1;
}

}  // namespace cistern::lab
