// The webhook as one tenant has it: registered with the starts of its content types, watched
// through the list of subscriptions. Polling goes on whatever becomes of it.
#include "base/bytes.hpp"
#include "connectors/microsoft_365/messages.hpp"
#include "connectors/microsoft_365/tenant_machine.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::microsoft_365 {

namespace {

/// Contents that only polling found, and no notification for so long: nothing comes through.
constexpr Duration kSilence = std::chrono::hours{1};

/// Names of the content types whose webhook is in this state, and the first refusal.
struct InState {
  std::string types;
  std::string refusal;
};

}  // namespace

Step TenantMachine::on_notified(const std::vector<NotifiedContent>& contents, TimePoint now) {
  Step step;
  clock_.tick(now);
  heard_ = clock_.now();
  webhook_silent_ = false;
  Turn current = turn(step);
  for (const NotifiedContent& content : contents) {
    for (const auto& stream : streams_) {
      if (&stream->type() == content.type && stream->begun()) stream->notified(content.id, current);
    }
  }
  drive(step);
  return step;
}

bool TenantMachine::start_due(const ContentStream& stream) const {
  const TimePoint now = clock_.now();
  if (stream.subscription.wants_start(now)) return true;
  return stream.subscription.enabled() && stream.subscription.may_start(now) &&
         stream.webhook.due(now, clock_.vendor_now());
}

void TenantMachine::send_start(std::size_t index, Step& step) {
  ContentStream& stream = *streams_[index];
  PollRequest request;
  if (stream.webhook.due(clock_.now(), clock_.vendor_now())) {
    const WebhookRegistration webhook{.address = options_.webhook->address,
                                      .auth_id = options_.webhook->auth_id,
                                      .expiration = stream.webhook.expiration(clock_.vendor_now())};
    request.http = start_request(api_, stream.type().name, &webhook);
    stream.webhook.sent(webhook.expiration);
  } else {
    request.http = start_request(api_, stream.type().name);
  }
  if (stream.subscription.wants_start(clock_.now())) stream.subscription.sent();
  send({.kind = Operation::Kind::start, .stream = index}, std::move(request), step);
}

std::optional<TimePoint> TenantMachine::webhook_time(const ContentStream& stream) const {
  if (phase_ != Phase::collecting || !stream.subscription.enabled()) return std::nullopt;
  const auto due = stream.webhook.due_at(clock_.now(), clock_.vendor_now());
  if (!due) return std::nullopt;
  return std::max(*due, stream.subscription.start_allowed_at());
}

/// The vendor tells nobody that it has stopped calling; its list says so.
void TenantMachine::check_webhook() {
  if (!options_.webhook || phase_ != Phase::collecting) return;
  if (clock_.now() >= webhook_check_) webhook_asked_ = true;
}

std::optional<Failure> TenantMachine::webhook_trouble() const {
  const auto in_state = [&](WebhookKeeper::State state) {
    InState out;
    for (const auto& stream : streams_) {
      if (left_out(*stream) || stream->webhook.state() != state) continue;
      out.types.append(out.types.empty() ? "" : ", ").append(stream->type().name);
      if (out.refusal.empty()) out.refusal = stream->webhook.refusal();
    }
    return out;
  };
  const std::string& address = options_.webhook->address;
  if (const auto some = in_state(WebhookKeeper::State::refused); !some.types.empty()) {
    return messages::webhook_refused(some.types, address, some.refusal);
  }
  if (const auto some = in_state(WebhookKeeper::State::disabled); !some.types.empty()) {
    return messages::webhook_disabled(some.types, address);
  }
  if (const auto some = in_state(WebhookKeeper::State::expired); !some.types.empty()) {
    return messages::webhook_expired(some.types, address);
  }
  if (webhook_silent_) return messages::webhook_silent(address);
  return std::nullopt;
}

void TenantMachine::judge_webhook(Step& step) {
  if (!options_.webhook || phase_ != Phase::collecting) return;
  bool working = true;
  bool unannounced = false;
  for (const auto& stream : streams_) {
    unannounced = stream->take_unannounced() || unannounced;
    if (left_out(*stream)) continue;
    working = working && stream->webhook.state() == WebhookKeeper::State::enabled;
  }
  if (!working) heard_ = clock_.now();
  if (unannounced && clock_.now() - heard_ > kSilence) webhook_silent_ = true;
  const Failure trouble = webhook_trouble().value_or(Failure{});
  if (trouble.cause == webhook_told_.cause) return;
  if (!webhook_told_.code.empty() && trouble.code != webhook_told_.code) {
    tell(Report::Kind::notice, messages::webhook_works(webhook_told_.code), {}, step);
  }
  if (!trouble.code.empty()) tell(Report::Kind::notice, trouble, {}, step);
  webhook_told_ = trouble;
}

/// Somebody registered a webhook for our application, and is told nothing any more.
void TenantMachine::judge_foreign_webhooks(const std::vector<Subscription>& list, Step& step) {
  if (options_.webhook) return;
  std::string types;
  std::string status;
  for (const Subscription& one : list) {
    const bool works = one.webhook.empty() || equal_ignoring_case(one.webhook, "enabled");
    if (works || find_content_type(one.content_type) == nullptr) continue;
    types.append(types.empty() ? "" : ", ").append(find_content_type(one.content_type)->name);
    status = one.webhook;
  }
  const bool told = std::exchange(foreign_told_, !types.empty());
  if (!types.empty()) {
    if (!told) tell(Report::Kind::notice, messages::webhook_broken(types, status), {}, step);
  } else if (told) {
    tell(Report::Kind::notice, messages::webhook_works("microsoft_365/webhook"), {}, step);
  }
}

}  // namespace cistern::connectors::microsoft_365
