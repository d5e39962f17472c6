#include "connectors/cisco_secure_endpoint/rate_gate.hpp"

#include "base/backoff.hpp"

#include <algorithm>

namespace cistern::connectors::cisco_secure_endpoint {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::uint64_t kFloor = 10;
constexpr Duration kNoReset = minutes{1};
/// Delays lie in the upper half: 60 to 120 s at first, at most 15 minutes.
constexpr Backoff kThrottle{.first = minutes{2}, .most = minutes{15}};

/// Others wait for the same reset.
Duration behind_reset(Random& random) {
  return seconds{1} + Duration{static_cast<std::int64_t>(4e9 * random.fraction())};
}

}  // namespace

void RateGate::close(TimePoint until) {
  until_ = std::max(until_, until);
}

bool RateGate::noted(const RateFacts& facts, TimePoint now, Random& random) {
  if (facts.limit) limit_ = std::max<std::uint64_t>(*facts.limit, 1);
  if (!facts.remaining) return false;
  const std::uint64_t least = std::max(kFloor, facts.limit.value_or(limit_) / 100);
  if (*facts.remaining > least || !open(now)) return false;
  close(now + facts.reset.value_or(kNoReset) + behind_reset(random));
  return true;
}

void RateGate::throttled(const RateFacts& facts, std::optional<Duration> retry_after, TimePoint now,
                         Random& random) {
  if (facts.limit) limit_ = std::max<std::uint64_t>(*facts.limit, 1);
  if (retry_after) return close(now + std::max<Duration>(*retry_after, seconds{1}));
  if (facts.reset) return close(now + *facts.reset + behind_reset(random));
  close(now + kThrottle.delay(std::min(throttles_++, 16U), random));
}

Duration RateGate::spacing(std::uint64_t requests) const {
  const std::uint64_t half = std::max<std::uint64_t>(limit_ / 2, 1);
  const double share = static_cast<double>(requests) / static_cast<double>(half);
  return std::chrono::duration_cast<Duration>(std::min(share, 24.0) * Duration{hours{1}});
}

}  // namespace cistern::connectors::cisco_secure_endpoint
