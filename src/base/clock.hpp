// Time as a parameter: nothing below app/ reads the system's clock by itself.
#pragma once

#include "base/time.hpp"

#include <atomic>

namespace cistern {

/// Source of the current time. Implementations are safe to call from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall clock, UTC; may jump.
  [[nodiscard]] virtual TimePoint now() const = 0;
  /// Never goes backwards; only differences mean anything.
  [[nodiscard]] virtual Duration steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override;
  [[nodiscard]] Duration steady() const override;
};

/// A clock that a test pushes by hand.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimePoint start) : now_(start.time_since_epoch().count()) {}
  [[nodiscard]] TimePoint now() const override { return TimePoint{Duration{now_.load()}}; }
  [[nodiscard]] Duration steady() const override { return Duration{steady_.load()}; }
  void advance(Duration by) {
    now_ += by.count();
    steady_ += by.count();
  }
  /// Moves the wall clock only, as an operator or NTP would.
  void jump(Duration by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_;
  std::atomic<std::int64_t> steady_{0};
};

}  // namespace cistern
