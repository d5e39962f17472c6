// What an answer means for the tenant; what it means for one content type is decided there.
#include "connectors/microsoft_365/messages.hpp"
#include "connectors/microsoft_365/tenant_machine.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::microsoft_365 {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Backoff kBackoff{.first = seconds{5}, .most = minutes{10}};
constexpr Duration kRecheck = minutes{15};
/// A Date header of an answer that took longer says little about the present.
constexpr Duration kPromptAnswer = seconds{30};

bool is_outage(int status) {
  return status == 408 || status == 502 || status == 503 || status == 504;
}

/// A token that is not accepted is a matter of the login; one that is, and does not suffice, is a
/// matter of permissions.
Report::Kind kind_of_refusal(const ApiError& error) {
  return error.row->fate == Fate::refused ? Report::Kind::denied : Report::Kind::refused;
}

std::optional<Duration> retry_after(const HttpResponse& response, TimePoint wall) {
  const auto value = response.header("Retry-After");
  return value ? parse_retry_after(*value, wall, hours{1}) : std::nullopt;
}

}  // namespace

void TenantMachine::observe_clock(const HttpResponse& response, Step& step) {
  if (response.elapsed > kPromptAnswer) return;
  // The vendor's answers carry a Date; where a proxy strips it, our clock is all there is.
  const TimePoint wall = clock_.wall(clock_.now());
  const auto news = clock_.observe(server_time(response).value_or(wall));
  if (!news) return;
  const bool wrong = *news != Duration{0};
  tell(Report::Kind::notice, wrong ? messages::clock_skew(*news) : messages::clock_right(), {},
       step);
}

void TenantMachine::answered(const Operation& operation, const HttpResponse& response,
                             std::shared_ptr<const RecordBatch> records, Step& step) {
  observe_clock(response, step);
  if (response.status != 200) return refused(operation, response, step);
  if (gate_.succeeded(operation.gate_epoch)) {
    tell(Report::Kind::working, {}, {}, step);
  }
  succeeded(operation, response, std::move(records), step);
}

void TenantMachine::succeeded(const Operation& operation, const HttpResponse& response,
                              std::shared_ptr<const RecordBatch> records, Step& step) {
  Turn current = turn(step);
  switch (operation.kind) {
    case Operation::Kind::resolve: {
      const Result<std::string> guid = parse_openid(response);
      if (!guid) return tenant_call_failed(operation, guid.error(), step);
      tenant_call_failures_ = 0;
      tenant_known(*guid, step);
      // A token may have come before the name was resolved.
      if (grant_) judge(Grant{*grant_}, step);
      return;
    }
    case Operation::Kind::subscriptions:
      return subscriptions_listed(response, step);
    case Operation::Kind::start:
      return streams_[operation.stream]->start_answered(response, current);
    case Operation::Kind::list:
      return streams_[operation.stream]->listing_answered(response, current);
    case Operation::Kind::blob:
      return streams_[operation.stream]->blob_answered(operation.blob, std::move(records), current);
  }
}

void TenantMachine::subscriptions_listed(const HttpResponse& response, Step& step) {
  const auto list = parse_subscriptions(response);
  if (!list) {
    return tenant_call_failed({.kind = Operation::Kind::subscriptions}, list.error(), step);
  }
  tenant_call_failures_ = 0;
  tenant_call_renewed_ = false;
  clock_asked_ = false;
  webhook_asked_ = false;
  webhook_check_ = clock_.now() + kRecheck;
  const bool decides = phase_ != Phase::collecting;
  phase_ = Phase::collecting;
  Turn current = turn(step);
  for (const auto& stream : streams_) {
    const Subscription* found = nullptr;
    for (const Subscription& subscription : *list) {
      if (find_content_type(subscription.content_type) == &stream->type()) found = &subscription;
    }
    stream->subscription_listed(found, decides, current);
  }
  judge_foreign_webhooks(*list, step);
}

void TenantMachine::refused(const Operation& operation, const HttpResponse& response, Step& step) {
  if (operation.kind == Operation::Kind::resolve) {
    const auto unknown = tenant_unknown(response, options_.tenant, options_.login_url);
    if (unknown) return block(Report::Kind::stopped, *unknown, kRecheck, false, step);
  }
  const ApiError error = interpret_error(response);
  const std::string_view type =
      operation.kind == Operation::Kind::resolve || operation.kind == Operation::Kind::subscriptions
          ? std::string_view{}
          : streams_[operation.stream]->type().name;
  std::string what;
  switch (operation.kind) {
    case Operation::Kind::resolve:
      what = "resolving the tenant's name";
      break;
    case Operation::Kind::subscriptions:
      what = "listing the subscriptions";
      break;
    case Operation::Kind::start:
      what = "starting the subscription of ";
      break;
    case Operation::Kind::list:
      what = "listing ";
      break;
    case Operation::Kind::blob:
      what = "fetching content of ";
      break;
  }
  Failure failure = to_failure(error, what.append(type));
  if (const auto wait = retry_after(response, clock_.wall(clock_.now()))) {
    failure.wait = std::chrono::ceil<std::chrono::milliseconds>(*wait);
  }
  switch (error.row->fate) {
    case Fate::throttled:
      return throttled(operation, response, error, failure, step);
    case Fate::renew:
    case Fate::refused:
      return unauthorized(operation, error, failure, step);
    case Fate::stop_tenant:
      again(operation, false, step);
      return block(Report::Kind::stopped, failure, error.row->recheck, true, step);
    case Fate::window:
      clock_.follow_exactly();
      observe_clock(response, step);
      return failed(operation, error, failure, step);
    default:
      if (is_outage(error.status)) unreachable(operation, failure, step);
      return failed(operation, error, failure, step);
  }
}

void TenantMachine::throttled(const Operation& operation, const HttpResponse& response,
                              const ApiError& error, const Failure& failure, Step& step) {
  const auto asked = retry_after(response, clock_.wall(clock_.now()));
  if (gate_.throttled(clock_.now(), operation.gate_epoch, asked, random_)) {
    tell(Report::Kind::throttled, failure, gate_.until(), step);
  }
  if (operation.kind == Operation::Kind::start) return failed(operation, error, failure, step);
  again(operation, false, step);
}

/// A token may have expired or been issued before a role was granted, so it is renewed once. The
/// requests that were under way with the old one do not renew it again.
void TenantMachine::unauthorized(const Operation& operation, const ApiError& error,
                                 const Failure& failure, Step& step) {
  const bool of_tenant = operation.kind == Operation::Kind::resolve ||
                         operation.kind == Operation::Kind::subscriptions;
  ContentStream* stream = of_tenant ? nullptr : streams_[operation.stream].get();
  bool renewed = false;
  if (of_tenant) renewed = std::exchange(tenant_call_renewed_, true);
  if (operation.kind == Operation::Kind::list) renewed = stream->listing_renewed();
  if (operation.kind == Operation::Kind::blob) renewed = stream->blob_renewed(operation.blob);
  if (operation.kind == Operation::Kind::start) renewed = operation.token_epoch > 0;
  if (!renewed) {
    if (operation.token_epoch == token_epoch_) {
      step.renew_credentials = true;
      ++token_epoch_;
    }
    return again(operation, true, step);
  }
  if (of_tenant) {
    tenant_call_renewed_ = false;
    again(operation, false, step);
    return block(kind_of_refusal(error), failure, kRecheck, true, step);
  }
  Turn current = turn(step);
  if (operation.kind == Operation::Kind::start)
    return stream->start_failed(error, failure, current);
  again(operation, false, step);
  if (!stream->paused(current.now)) {
    stream->pause(kind_of_refusal(error), failure, kRecheck, true, current);
  }
}

void TenantMachine::failed(const Operation& operation, const ApiError& error,
                           const Failure& failure, Step& step) {
  Turn current = turn(step);
  const Fate fate = error.row->fate;
  const bool of_type = fate == Fate::stop_type || fate == Fate::auditing_off;
  switch (operation.kind) {
    case Operation::Kind::resolve:
    case Operation::Kind::subscriptions:
      if (of_type) return block(Report::Kind::stopped, failure, error.row->recheck, false, step);
      return tenant_call_failed(operation, failure, step);
    case Operation::Kind::start:
      return streams_[operation.stream]->start_failed(error, failure, current);
    case Operation::Kind::list:
      if (!of_type) return streams_[operation.stream]->listing_failed(failure, fate, current);
      break;
    case Operation::Kind::blob:
      if (!of_type) {
        return streams_[operation.stream]->blob_refused(operation.blob, error, failure, current);
      }
      break;
  }
  again(operation, false, step);
  streams_[operation.stream]->pause(Report::Kind::stopped, failure, error.row->recheck, false,
                                    current);
}

/// To be sent again as it is, as soon as anything may be sent.
void TenantMachine::again(const Operation& operation, bool renewed, Step& step) {
  Turn current = turn(step);
  switch (operation.kind) {
    case Operation::Kind::resolve:
    case Operation::Kind::subscriptions:
      return;
    case Operation::Kind::start:
      return streams_[operation.stream]->start_again(current);
    case Operation::Kind::list:
      return streams_[operation.stream]->listing_again(renewed);
    case Operation::Kind::blob:
      return streams_[operation.stream]->blob_again(operation.blob, renewed);
  }
}

void TenantMachine::tenant_call_failed(const Operation& operation, const Failure& failure,
                                       Step& step) {
  const Duration wait = kBackoff.delay(std::min(tenant_call_failures_++, 16U), random_);
  tenant_call_at_ = clock_.now() + std::max(wait, Duration{failure.wait});
  // Asked only for the clock's sake it is nobody's trouble yet; the streams' own calls will tell.
  if (operation.kind == Operation::Kind::subscriptions && phase_ == Phase::collecting) return;
  tell(Report::Kind::retrying, failure, tenant_call_at_, step);
}

void TenantMachine::unreachable(const Operation& operation, const Failure& failure, Step& step) {
  if (!gate_.unreachable(clock_.now(), operation.gate_epoch, random_)) return;
  tell(Report::Kind::retrying, failure, gate_.until(), step);
}

void TenantMachine::not_answered(const Operation& operation, const Failure& failure, Step& step) {
  Turn current = turn(step);
  const bool of_network = failure.code.starts_with("net/");
  if (!of_network && failure.verdict != Verdict::retry) {
    // The login was refused; every request would meet the same.
    again(operation, false, step);
    if (!blocked_ || current.now >= blocked_until_) {
      block(Report::Kind::refused, failure, kRecheck, true, step);
    }
    return;
  }
  const bool too_large = failure.code == "net/too-large";
  if (!too_large) unreachable(operation, failure, step);
  switch (operation.kind) {
    case Operation::Kind::resolve:
    case Operation::Kind::subscriptions:
      return tenant_call_failed(operation, failure, step);
    case Operation::Kind::start:
      return streams_[operation.stream]->start_not_heard(failure, current);
    case Operation::Kind::list:
      return streams_[operation.stream]->listing_failed(failure, Fate::retry, current);
    case Operation::Kind::blob:
      return streams_[operation.stream]->blob_failed(operation.blob, failure, current);
  }
}

}  // namespace cistern::connectors::microsoft_365
