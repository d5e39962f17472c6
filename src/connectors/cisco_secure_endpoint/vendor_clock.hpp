// Two clocks made of one: a time for scheduling that never runs backwards, and the vendor's time.
#pragma once

#include "base/http.hpp"
#include "base/time.hpp"

#include <optional>

namespace cistern::connectors::cisco_secure_endpoint {

/// Where reading has arrived is a time of the vendor's, so it is taken from the vendor's Date
/// headers and never from our clock alone, which may be wrong, may jump, and may be set.
class VendorClock {
 public:
  static constexpr Duration kTolerated = std::chrono::minutes{5};

  /// Takes note of this machine's time; call before anything else with each event.
  void tick(TimePoint wall);
  /// For scheduling.
  [[nodiscard]] TimePoint now() const { return wall_ + shift_; }
  /// A time for scheduling as this machine's clock will show it.
  [[nodiscard]] TimePoint wall(TimePoint scheduled) const { return scheduled - shift_; }
  /// The vendor's present, as far as known: our clock until its first answer.
  [[nodiscard]] TimePoint vendor_now() const { return wall_ + vendor_ahead_; }

  /// Takes note of an answer's Date. Returns how far our clock is ahead when that is news: it left
  /// or came back into the tolerated range (then 0), or moved by more than that.
  std::optional<Duration> observe(const HttpResponse& response);

 private:
  TimePoint wall_{};
  Duration shift_{0};  ///< Added when the wall clock was set back.
  Duration vendor_ahead_{0};
  Duration told_{0};
};

/// The vendor's time as an answer names it, unless the answer took too long to say anything about
/// the present.
std::optional<TimePoint> server_time(const HttpResponse& response);

}  // namespace cistern::connectors::cisco_secure_endpoint
