// When a log that is behind will have reached the present.
#pragma once

#include "base/time.hpp"

#include <algorithm>
#include <optional>

namespace cistern::connectors::cisco_duo {

/// The vendor's rate limits make catching up slow by design, so people want to know. Measured, not
/// computed from page sizes: how many rows lie ahead nobody knows. Pure.
class BackfillForecast {
 public:
  /// Everything before `through` is stored at `now`; `present` is what is to be reached.
  void note(TimePoint through, TimePoint present, TimePoint now) {
    if (!began_ || through < from_ || present - through < kNear) {
      began_ = now;
      from_ = through;
    }
    through_ = through;
    present_ = present;
  }

  [[nodiscard]] bool behind() const { return began_ && present_ - through_ >= kNear; }
  [[nodiscard]] TimePoint through() const { return through_; }

  /// Nothing while less than a minute or no progress was measured.
  [[nodiscard]] std::optional<Duration> remaining(TimePoint now) const {
    if (!behind() || now - *began_ < std::chrono::minutes{1} || through_ <= from_) {
      return std::nullopt;
    }
    const double speed = static_cast<double>((through_ - from_).count()) /
                         static_cast<double>((now - *began_).count());
    // The present moves on by one second a second meanwhile.
    if (speed <= 1.0) return std::nullopt;
    const double left = static_cast<double>((present_ - through_).count()) / (speed - 1.0);
    constexpr double kMost = 1e9 * 3600 * 24 * 365;
    return Duration{static_cast<std::int64_t>(std::min(left, kMost))};
  }

  /// Less than this behind is no backfill.
  static constexpr Duration kNear = std::chrono::hours{1};

 private:
  std::optional<TimePoint> began_;
  TimePoint from_{};
  TimePoint through_{};
  TimePoint present_{};
};

}  // namespace cistern::connectors::cisco_duo
