// How often one endpoint may be asked.
#pragma once

#include "base/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>

namespace cistern::connectors::cisco_duo {

/// At most `burst` requests in any stretch of `burst` / `per_minute` minutes. A token bucket of the
/// same rate would allow a third request in the first minute, which a vendor that counts by the
/// minute refuses; this one stays inside buckets, fixed minutes and sliding ones alike, and still
/// uses the whole rate. Duo counts by integration and endpoint, so there is one for each stream.
/// Pure.
class RequestPace {
 public:
  RequestPace(double per_minute, std::size_t burst)
      : burst_(std::max<std::size_t>(burst, 1)),
        stretch_(static_cast<std::int64_t>(60e9 / per_minute * static_cast<double>(burst_))) {}

  /// When the next request may go.
  [[nodiscard]] TimePoint next(TimePoint now) const {
    TimePoint at = std::max(now, held_until_);
    if (sent_.size() >= burst_) at = std::max(at, sent_.front() + stretch_);
    return at;
  }
  /// A request reached the vendor at about that time.
  void sent(TimePoint at) {
    sent_.push_back(at);
    if (sent_.size() > burst_) sent_.pop_front();
  }
  /// The vendor asked to wait.
  void hold(TimePoint until) { held_until_ = std::max(held_until_, until); }

  /// Of `burst` requests; what waiting for the vendor's count begins with.
  [[nodiscard]] Duration stretch() const { return stretch_; }

 private:
  std::size_t burst_;
  Duration stretch_;
  std::deque<TimePoint> sent_;  ///< The last `burst` ones.
  TimePoint held_until_{};
};

}  // namespace cistern::connectors::cisco_duo
