// Request budgets shared by everything that one vendor limits together.
#pragma once

#include "base/time.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace cistern::runtime {

/// A token bucket. Lives on the I/O loop; all times are of the steady clock.
class RateBudget {
 public:
  /// `per_minute` requests on average, at most `burst` at once.
  RateBudget(double per_minute, double burst, Duration now);
  /// Takes one permit, or says how long to wait for it (nothing is taken then).
  Duration take(Duration now);
  /// The vendor throttled us: the rate is halved (not below 1/16 of the configured one) and grows
  /// back by a tenth of the configured rate a minute. Saved permits are given up. Requests sent
  /// together are refused together, so further calls within a second count as the same refusal.
  void slow_down(Duration now);
  [[nodiscard]] double per_minute() const { return rate_ * 60.0; }

 private:
  void refill(Duration now);
  double configured_;  ///< Permits a second.
  double rate_;
  double burst_;
  double permits_;
  Duration updated_;
  std::optional<Duration> slowed_;
};

/// Budgets by name ("microsoft_365/<tenant>"), made when first asked for; the first to ask decides
/// rate and burst. A budget that nobody holds any more goes. Lives on the I/O loop.
class RateBudgets {
 public:
  std::shared_ptr<RateBudget> get(const std::string& name, double per_minute, double burst,
                                  Duration now);

 private:
  std::map<std::string, std::weak_ptr<RateBudget>> budgets_;
};

}  // namespace cistern::runtime
