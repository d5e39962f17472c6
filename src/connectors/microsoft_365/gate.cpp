#include "connectors/microsoft_365/gate.hpp"

#include <algorithm>

namespace cistern::connectors::microsoft_365 {

namespace {
constexpr unsigned kOutageAfter = 5;
constexpr std::size_t kRestored = 10;
/// Quiet for so long, the next throttling is a new one and begins with the short delay.
constexpr Duration kForgotten = std::chrono::minutes{10};
constexpr Backoff kThrottle{.first = std::chrono::seconds{60}, .most = std::chrono::minutes{10}};
constexpr Backoff kOutage{.first = std::chrono::seconds{5}, .most = std::chrono::minutes{10}};
}  // namespace

bool Gate::throttled(TimePoint now, std::uint64_t sent_in, std::optional<Duration> asked,
                     Random& random) {
  if (sent_in != epoch_) return false;
  if (now > until_ + kForgotten) throttles_ = 0;
  // A Retry-After is the vendor's own word and is kept to. It is not promised; without one the
  // back-off decides, whose jitter lies in its upper half: 30 to 60 s at first.
  close(now + (asked ? std::max<Duration>(*asked, std::chrono::seconds{1})
                     : kThrottle.delay(std::min(throttles_++, 16U), random)));
  return true;
}

bool Gate::unreachable(TimePoint now, std::uint64_t sent_in, Random& random) {
  if (sent_in != epoch_) return false;
  if (++in_a_row_ < kOutageAfter && limit_ != 1) return false;
  close(now + kOutage.delay(std::min(outages_++, 16U), random));
  return true;
}

bool Gate::succeeded(std::uint64_t sent_in) {
  if (sent_in != epoch_) return false;
  in_a_row_ = 0;
  if (limit_ == kUnlimited) return false;
  outages_ = 0;
  if (++limit_ < kRestored) return false;
  limit_ = kUnlimited;
  return true;
}

void Gate::close(TimePoint until) {
  until_ = until;
  ++epoch_;
  in_a_row_ = 0;
  limit_ = 1;
}

}  // namespace cistern::connectors::microsoft_365
