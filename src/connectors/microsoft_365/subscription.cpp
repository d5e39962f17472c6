#include "connectors/microsoft_365/subscription.hpp"

#include <algorithm>

namespace cistern::connectors::microsoft_365 {

namespace {
constexpr Backoff kUnheard{.first = std::chrono::seconds{10}, .most = std::chrono::minutes{10}};
constexpr Backoff kSettling{.first = std::chrono::seconds{60}, .most = std::chrono::minutes{10}};
}  // namespace

void SubscriptionKeeper::listed(bool present, bool disabled) {
  if (state_ == State::starting) return;
  state_ = present && !disabled ? State::enabled : State::wanted;
}

std::optional<TimePoint> SubscriptionKeeper::start_at() const {
  if (state_ != State::wanted) return std::nullopt;
  return start_at_;
}

void SubscriptionKeeper::succeeded(TimePoint now) {
  state_ = State::enabled;
  last_start_ = now;
  unheard_ = 0;
}

void SubscriptionKeeper::not_heard(TimePoint now, Random& random) {
  state_ = State::wanted;
  start_at_ = now + kUnheard.delay(std::min(unheard_++, 16U), random);
}

void SubscriptionKeeper::refused(TimePoint now, Duration wait) {
  state_ = State::wanted;
  last_start_ = now;
  start_at_ = now + std::max(wait, Duration{kBetweenStarts});
}

TimePoint SubscriptionKeeper::missing(TimePoint now, Random& random) {
  const TimePoint again = now + kSettling.delay(std::min(settling_++, 16U), random);
  if (last_start_ && now < *last_start_ + kBetweenStarts) return again;
  state_ = State::wanted;
  start_at_ = now;
  return now;
}

}  // namespace cistern::connectors::microsoft_365
