#include "connectors/microsoft_365/webhook_keeper.hpp"

#include "base/bytes.hpp"
#include "connectors/microsoft_365/webhook_call.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::microsoft_365 {

namespace {

bool is_ours(const Subscription& subscription, const WebhookOptions& options) {
  if (subscription.webhook_address != options.address) return false;
  if (!subscription.webhook_auth_id) return true;
  return subscription.webhook_auth_id->use(
      [&](std::string_view text) { return auth_id_fits(options.auth_id, text); });
}

}  // namespace

void WebhookKeeper::listed(const Subscription* subscription, TimePoint vendor_now) {
  if (!wanted() || under_way_) return;
  const bool ours = subscription != nullptr && is_ours(*subscription, *options_);
  if (!ours) {
    // What the vendor refused is not merely missing.
    if (state_ != State::refused) state_ = State::missing;
    expires_ = {};
    return;
  }
  expires_ = subscription->webhook_expires;
  if (equal_ignoring_case(subscription->webhook, "enabled")) {
    state_ = expires_ != TimePoint{} && expires_ <= vendor_now ? State::expired : State::enabled;
  } else if (equal_ignoring_case(subscription->webhook, "expired")) {
    state_ = State::expired;
  } else {
    state_ = State::disabled;
  }
}

/// The last third of its life is left for renewals that fail.
std::optional<TimePoint> WebhookKeeper::due_at(TimePoint now, TimePoint vendor_now) const {
  if (!wanted() || under_way_ || state_ == State::unknown) return std::nullopt;
  if (state_ != State::enabled) return not_before_;
  if (expires_ == TimePoint{}) return std::nullopt;
  const TimePoint renewal = expires_ - options_->lifetime / 3;
  return std::max(not_before_, now + (renewal - vendor_now));
}

bool WebhookKeeper::due(TimePoint now, TimePoint vendor_now) const {
  const auto when = due_at(now, vendor_now);
  return when && *when <= now;
}

TimePoint WebhookKeeper::expiration(TimePoint vendor_now) const {
  return std::chrono::floor<std::chrono::seconds>(vendor_now) + options_->lifetime;
}

void WebhookKeeper::sent(TimePoint expiration) {
  under_way_ = true;
  asked_for_ = expiration;
}

void WebhookKeeper::again(TimePoint not_before) {
  if (!std::exchange(under_way_, false)) return;
  not_before_ = std::max(not_before_, not_before);
}

void WebhookKeeper::accepted(TimePoint now) {
  if (!std::exchange(under_way_, false)) return;
  state_ = State::enabled;
  expires_ = asked_for_;
  refusal_.clear();
  not_before_ = now + SubscriptionKeeper::kBetweenStarts;
}

void WebhookKeeper::refused(std::string vendor_words, TimePoint now) {
  if (!std::exchange(under_way_, false)) return;
  // The first words stand: the next ones differ in nothing but ids and times.
  if (std::exchange(state_, State::refused) != State::refused) refusal_ = std::move(vendor_words);
  not_before_ = now + SubscriptionKeeper::kBetweenStarts;
}

}  // namespace cistern::connectors::microsoft_365
