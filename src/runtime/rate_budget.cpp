#include "runtime/rate_budget.hpp"

#include <algorithm>
#include <cmath>

namespace cistern::runtime {
namespace {

constexpr double kLeastShare = 1.0 / 16.0;
constexpr double kRecoveryPerSecond = 0.1 / 60.0;
constexpr Duration kSameRefusal = std::chrono::seconds{1};
constexpr double kLeastRate = 1.0 / 3600.0;  // A permit an hour: keeps every wait finite.

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

RateBudget::RateBudget(double per_minute, double burst, Duration now)
    : configured_(std::max(per_minute / 60.0, kLeastRate)),
      rate_(configured_),
      burst_(std::max(burst, 1.0)),
      permits_(burst_),
      updated_(now) {}

void RateBudget::refill(Duration now) {
  const double elapsed = std::max(0.0, seconds(now - updated_));
  updated_ = std::max(updated_, now);
  permits_ = std::min(burst_, permits_ + elapsed * rate_);
  rate_ = std::min(configured_, rate_ + elapsed * kRecoveryPerSecond * configured_);
}

Duration RateBudget::take(Duration now) {
  refill(now);
  if (permits_ >= 1.0) {
    permits_ -= 1.0;
    return Duration{0};
  }
  // A millisecond is added so that rounding never makes the caller come back too early.
  const double wait = (1.0 - permits_) / rate_;
  return Duration{static_cast<std::int64_t>(std::ceil(wait * 1e9))} + std::chrono::milliseconds{1};
}

void RateBudget::slow_down(Duration now) {
  refill(now);
  permits_ = std::min(permits_, 0.0);
  if (slowed_ && now - *slowed_ < kSameRefusal) return;
  slowed_ = now;
  rate_ = std::max(rate_ / 2.0, configured_ * kLeastShare);
}

std::shared_ptr<RateBudget> RateBudgets::get(const std::string& name, double per_minute,
                                             double burst, Duration now) {
  auto& known = budgets_[name];
  if (auto budget = known.lock()) return budget;
  auto budget = std::make_shared<RateBudget>(per_minute, burst, now);
  known = budget;
  return budget;
}

}  // namespace cistern::runtime
