#include "connectors/microsoft_365/vendor_clock.hpp"

#include <chrono>

namespace cistern::connectors::microsoft_365 {

void VendorClock::tick(TimePoint wall) {
  if (wall_ != TimePoint{} && wall < wall_) {
    shift_ += wall_ - wall;
    observed_.reset();
  }
  wall_ = wall;
}

bool VendorClock::sure() const {
  return observed_ && now() - *observed_ <= kTolerated;
}

std::optional<Duration> VendorClock::observe(TimePoint server) {
  const Duration ahead = wall_ - server;
  const Duration off = std::chrono::abs(ahead);
  const bool wrong = off > kTolerated;
  vendor_shift_ = (wrong || exact_ ? -ahead : Duration{0}) - shift_;
  observed_ = now();
  const Duration tell = wrong ? ahead : Duration{0};
  if (std::chrono::abs(tell - told_) <= kTolerated) return std::nullopt;
  told_ = tell;
  return tell;
}

}  // namespace cistern::connectors::microsoft_365
