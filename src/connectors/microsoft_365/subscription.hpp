// When to start the subscription of one content type, and never to stop it.
//
// Rules: a subscription that is enabled already answers AF20024, which is success; at least 15
// minutes lie between two starts; a stop followed by a start has left tenants without a working
// subscription for long, so nothing is ever "repaired" by stopping.
#pragma once

#include "base/backoff.hpp"
#include "base/random.hpp"
#include "connectors/microsoft_365/error_table.hpp"

#include <cstdint>
#include <optional>

namespace cistern::connectors::microsoft_365 {

class SubscriptionKeeper {
 public:
  static constexpr Duration kBetweenStarts = std::chrono::minutes{15};

  /// What the list of subscriptions says; a subscription without a status is probed by listing.
  void listed(bool present, bool disabled);

  [[nodiscard]] bool enabled() const { return state_ == State::enabled; }
  [[nodiscard]] bool wants_start(TimePoint now) const {
    return state_ == State::wanted && now >= start_at_;
  }
  /// When wants_start() turns true; nothing if it never will by itself.
  [[nodiscard]] std::optional<TimePoint> start_at() const;

  [[nodiscard]] bool starting() const { return state_ == State::starting; }

  void sent() { state_ = State::starting; }
  void succeeded(TimePoint now);
  /// The start did not arrive, or the service was away: it did not count, and may be repeated soon.
  void not_heard(TimePoint now, Random& random);
  /// To be sent again at once: the token was renewed, or the gate was closed.
  void again() { state_ = State::wanted; }
  /// The start was answered, and refused.
  void refused(TimePoint now, Duration wait);

  /// When the last start was heard 15 minutes ago.
  [[nodiscard]] TimePoint start_allowed_at() const {
    return last_start_ ? *last_start_ + kBetweenStarts : TimePoint{};
  }
  [[nodiscard]] bool may_start(TimePoint now) const { return now >= start_allowed_at(); }

  /// Listing content was answered with AF20022 or AF20023. Returns when to list again: at once
  /// after a start, and with growing delays while the state of a start settles (it has been seen
  /// late).
  TimePoint missing(TimePoint now, Random& random);
  /// Listing worked.
  void confirmed() { settling_ = 0; }
  /// How often in a row missing() was told.
  [[nodiscard]] unsigned settling() const { return settling_; }

 private:
  enum class State : std::uint8_t { unknown, wanted, starting, enabled };
  State state_ = State::unknown;
  std::optional<TimePoint> last_start_;
  TimePoint start_at_{};
  unsigned unheard_ = 0;
  unsigned settling_ = 0;
};

}  // namespace cistern::connectors::microsoft_365
