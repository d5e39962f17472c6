// Two clocks made of one: a time for scheduling that never runs backwards, and the vendor's time.
#pragma once

#include "base/time.hpp"

#include <chrono>
#include <memory>
#include <optional>

namespace cistern::connectors::cisco_duo {

/// How far the vendor's clock is ahead of this machine's: learned from answers by the machine,
/// used by whatever dates a request. On the loop only.
struct ClockOffset {
  Duration vendor_ahead{0};
};

/// This machine's clock may be wrong, may jump, and may be set while cistern runs. The vendor
/// refuses requests whose Date is about 5 minutes off, and hides what is younger than 2 minutes by
/// its own clock, so both are judged by the Date headers of its answers.
class VendorClock {
 public:
  /// Beyond this the vendor refuses requests, so a request that was accepted proves that the two
  /// clocks are nearer.
  static constexpr Duration kAccepted = std::chrono::minutes{5};
  /// Date headers name whole seconds.
  static constexpr Duration kResolution = std::chrono::seconds{2};
  static constexpr Duration kWorthTelling = std::chrono::seconds{60};

  explicit VendorClock(std::shared_ptr<ClockOffset> offset) : offset_(std::move(offset)) {}

  /// Takes note of this machine's time; call before anything else with each event.
  void tick(TimePoint wall) {
    if (wall_ != TimePoint{} && wall < wall_) shift_ += wall_ - wall;
    wall_ = wall;
  }
  /// For scheduling.
  [[nodiscard]] TimePoint now() const { return wall_ + shift_; }
  /// A time for scheduling as this machine's clock will show it.
  [[nodiscard]] TimePoint wall(TimePoint scheduled) const { return scheduled - shift_; }

  /// As well as it is known.
  [[nodiscard]] TimePoint vendor_now() const { return wall_ + offset_->vendor_ahead; }
  /// Surely not ahead of the vendor's clock: before the first answer our own clock may be wrong by
  /// as much as the vendor accepts.
  [[nodiscard]] TimePoint vendor_surely() const {
    return vendor_now() - (known_ ? Duration{0} : kAccepted);
  }
  [[nodiscard]] bool known() const { return known_; }

  /// Takes note of a Date header. Returns how far our clock is ahead when that is news: it became
  /// worth telling, or is right again (then 0).
  std::optional<Duration> observe(TimePoint server) {
    const Duration ahead = server - wall_;
    known_ = true;
    offset_->vendor_ahead = std::chrono::abs(ahead) <= kResolution ? Duration{0} : ahead;
    const Duration tell = std::chrono::abs(ahead) > kWorthTelling ? -ahead : Duration{0};
    if (std::chrono::abs(tell - told_) <= kWorthTelling) return std::nullopt;
    told_ = tell;
    return tell;
  }

 private:
  std::shared_ptr<ClockOffset> offset_;
  TimePoint wall_{};
  Duration shift_{0};  ///< Added when the wall clock was set back.
  Duration told_{0};
  bool known_ = false;
};

}  // namespace cistern::connectors::cisco_duo
