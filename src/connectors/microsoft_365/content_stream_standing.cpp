// The standing of a content stream: paused or not, subscribed or not, told by the vendor or not.
#include "connectors/microsoft_365/content_stream.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::microsoft_365 {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kRegisterAgain = minutes{1};
/// A window ends with a whole second, so what has just become available lies in the next one; and
/// notifications come in swarms.
constexpr Duration kGather = seconds{1};
/// Whoever knows the AuthID and sends what he likes causes no more listings than this.
constexpr Duration kBetweenEarly = seconds{3};
constexpr std::size_t kMaxAnnounced = 4096;

}  // namespace

void ContentStream::pause(Report::Kind kind, const Failure& failure, Duration wait, bool renew,
                          Turn& turn) {
  paused_until_ = turn.now + wait;
  renew_after_pause_ = renew;
  report(kind, failure, paused_until_, turn);
}

bool ContentStream::take_renewal(TimePoint now) {
  return !paused(now) && std::exchange(renew_after_pause_, false);
}

void ContentStream::resume_with_new_grant() {
  if (!std::exchange(renew_after_pause_, false)) return;
  paused_until_ = {};
}

void ContentStream::subscription_listed(const Subscription* listed, bool decides, Turn& turn) {
  webhook.listed(listed, turn.vendor_now);
  const bool disabled = listed != nullptr && listed->state == SubscriptionState::disabled;
  if (!decides) return;
  subscription.listed(listed != nullptr, disabled);
  if (!disabled) return;
  const Failure failure =
      row_failure("AF20023", "the list of subscriptions says that " + std::string(type_.name) +
                                 " is disabled: somebody stopped it, or auditing was switched off");
  report(Report::Kind::retrying, failure, subscription.start_at().value_or(turn.now), turn);
}

void ContentStream::start_answered(const HttpResponse& response, Turn& turn) {
  const Result<Subscription> started = parse_started(response);
  if (!started) return start_not_heard(started.error(), turn);
  subscription.succeeded(turn.now);
  webhook.accepted(turn.now);
}

void ContentStream::start_failed(const ApiError& error, const Failure& failure, Turn& turn) {
  if (!subscription.starting()) return registration_failed(error, failure, turn);
  const Fate fate = error.row->fate;
  // Only the webhook is refused: the subscription is started without one, and polling goes on.
  if (fate == Fate::webhook && webhook.under_way()) {
    webhook.refused(failure.cause, turn.now);
    return subscription.again();
  }
  if (fate == Fate::success) {
    webhook.accepted(turn.now);
    return subscription.succeeded(turn.now);
  }
  webhook.again(turn.now);
  switch (fate) {
    case Fate::success:
    case Fate::retry:
      return start_not_heard(failure, turn);
    case Fate::auditing_off:
    case Fate::refused:
    case Fate::renew:
    case Fate::stop_type:
    case Fate::stop_tenant: {
      const Duration wait = std::max(Duration{error.row->recheck}, Duration{minutes{15}});
      subscription.refused(turn.now, wait);
      if (fate == Fate::refused) return pause(Report::Kind::denied, failure, wait, true, turn);
      const bool login = fate == Fate::renew;
      return pause(login ? Report::Kind::refused : Report::Kind::stopped, failure, wait, login,
                   turn);
    }
    case Fate::throttled:  // The rule of 15 minutes between two starts answers like this.
    case Fate::webhook:
    case Fate::start:
    case Fate::disabled:
    case Fate::window:
    case Fate::relist:
    case Fate::gone:
    case Fate::expired:
      subscription.refused(turn.now, SubscriptionKeeper::kBetweenStarts);
      return report(Report::Kind::retrying, failure, turn.now + SubscriptionKeeper::kBetweenStarts,
                    turn);
  }
}

/// The subscription works without its webhook; whatever else is wrong the listings meet as well.
void ContentStream::registration_failed(const ApiError& error, const Failure& failure, Turn& turn) {
  if (error.row->fate == Fate::success) return webhook.accepted(turn.now);
  if (error.row->fate == Fate::retry) return webhook.again(turn.now + kRegisterAgain);
  webhook.refused(failure.cause, turn.now);
}

void ContentStream::start_not_heard(const Failure& failure, Turn& turn) {
  if (!subscription.starting()) return webhook.again(turn.now + kRegisterAgain);
  webhook.again(turn.now);
  subscription.not_heard(turn.now, turn.random);
  report(Report::Kind::retrying, failure, subscription.start_at().value_or(turn.now), turn);
}

void ContentStream::start_again(Turn& turn) {
  webhook.again(turn.now);
  if (subscription.starting()) subscription.again();
}

void ContentStream::notified(std::string_view content_id, Turn& turn) {
  const Identity name = blob_key(content_id);
  if (seen_.contains(name) || queue_.contains(name)) return;
  if (announced_.size() >= kMaxAnnounced) announced_.clear();
  announced_.insert(name);
  const TimePoint soon = std::max(turn.now + kGather, planned_at_ + kBetweenEarly);
  early_at_ = std::min(early_at_.value_or(soon), soon);
}

}  // namespace cistern::connectors::microsoft_365
