// Two clocks made of one: a time for scheduling that never runs backwards, and the vendor's time.
#pragma once

#include "base/time.hpp"

#include <optional>

namespace cistern::connectors::microsoft_365 {

/// This machine's clock may be wrong, may jump, and may be set while cistern runs. Windows are
/// bounded by the vendor's clock, read from Date headers, as soon as ours is off by more than 5
/// minutes; and nothing is declared lost or forgotten on the word of our clock alone.
class VendorClock {
 public:
  static constexpr Duration kTolerated = std::chrono::minutes{5};

  /// Takes note of this machine's time; call before anything else with each event.
  void tick(TimePoint wall);
  /// For scheduling.
  [[nodiscard]] TimePoint now() const { return wall_ + shift_; }
  /// A time for scheduling as this machine's clock will show it.
  [[nodiscard]] TimePoint wall(TimePoint scheduled) const { return scheduled - shift_; }
  [[nodiscard]] TimePoint vendor_now() const { return now() + vendor_shift_; }
  /// A Date header confirmed vendor_now() within the last 5 minutes.
  [[nodiscard]] bool sure() const;

  /// Takes note of a Date header. Returns how far our clock is ahead when that is news: it left or
  /// came back into the tolerated range (then 0), or moved by more than that.
  std::optional<Duration> observe(TimePoint server);
  /// The vendor refused a window that our clock called right: follow its clock to the second.
  void follow_exactly() { exact_ = true; }

 private:
  TimePoint wall_{};
  Duration shift_{0};         ///< Added when the wall clock was set back.
  Duration vendor_shift_{0};  ///< Of vendor_now() against now().
  std::optional<TimePoint> observed_;
  Duration told_{0};
  bool exact_ = false;
};

}  // namespace cistern::connectors::microsoft_365
