#include "connectors/microsoft_365/doctor_feed.hpp"

#include "base/bytes.hpp"
#include "connectors/microsoft_365/error_table.hpp"
#include "connectors/microsoft_365/messages.hpp"

#include <algorithm>

namespace cistern::connectors::microsoft_365::doctor {

using runtime::ProbeResult;

namespace {

void add(std::string& list, std::string_view item) {
  list.append(list.empty() ? "" : ", ").append(item);
}

const Subscription* subscription_of(const Examination& at, std::string_view type) {
  const auto& all = at.facts.subscriptions;
  const auto found = std::find_if(all.begin(), all.end(), [&](const Subscription& one) {
    return equal_ignoring_case(one.content_type, type);
  });
  return found == all.end() ? nullptr : &*found;
}

ProbeResult refused(Examination& at, const HttpResponse& response, const std::string& what) {
  const ApiError error = interpret_error(response);
  const Failure failure = to_failure(error, what);
  if (error.row->fate == Fate::auditing_off) at.facts.auditing_failure = failure;
  const bool merely_new = error.row->fate == Fate::start;
  return with_evidence(merely_new ? warned(failure) : failed(failure), response);
}

/// The configured content types by what the list says of them.
struct Sorted {
  std::string enabled;
  std::string missing;
  std::string disabled;
  std::string webhooks;
  std::string webhook_status;
};

Sorted sort_types(const Examination& at) {
  Sorted out;
  for (const std::string& type : at.settings.machine.content_types) {
    if (at.left_out(type)) continue;
    const Subscription* subscription = subscription_of(at, type);
    if (subscription == nullptr) {
      add(out.missing, type);
      continue;
    }
    add(subscription->state == SubscriptionState::disabled ? out.disabled : out.enabled, type);
    if (subscription->webhook.empty() || equal_ignoring_case(subscription->webhook, "enabled"))
      continue;
    const auto& ours = at.settings.machine.webhook;
    if (ours && ours->address == subscription->webhook_address) continue;
    add(out.webhooks, type);
    out.webhook_status = subscription->webhook;
  }
  return out;
}

}  // namespace

ProbeResult subscriptions(Examination& at, const Answer& answer) {
  if (!answer) return failed(answer.error());
  if (answer->status != 200) return refused(at, *answer, "listing the subscriptions");
  auto list = parse_subscriptions(*answer);
  if (!list) return with_evidence(failed(list.error()), *answer);
  at.facts.subscriptions = std::move(*list);
  const Sorted sorted = sort_types(at);
  if (!sorted.disabled.empty()) {
    return with_evidence(warned(row_failure("AF20023", "disabled: " + sorted.disabled)), *answer);
  }
  if (!sorted.webhooks.empty()) {
    return with_evidence(warned(messages::webhook_broken(sorted.webhooks, sorted.webhook_status)),
                         *answer);
  }
  if (!sorted.missing.empty()) {
    return with_evidence(warned(row_failure("AF20022", "not started: " + sorted.missing)), *answer);
  }
  return with_evidence(passed("enabled: " + sorted.enabled), *answer);
}

std::optional<std::string> content_left_aside(const Examination& at, std::string_view type) {
  if (at.left_out(type)) return "left out: the role ActivityFeed.ReadDlp is missing";
  if (subscription_of(at, type) == nullptr) return "its subscription is not started yet";
  return std::nullopt;
}

ProbeResult content(Examination& at, std::string_view type, const Answer& answer) {
  if (!answer) return failed(answer.error());
  if (answer->status != 200) return refused(at, *answer, "listing " + std::string(type));
  const auto page = parse_content(*answer, at.settings.machine.manage_url);
  if (!page) return with_evidence(failed(page.error()), *answer);
  if (page->foreign > 0) {
    return with_evidence(
        failed(messages::foreign_link(type, page->foreign_host, at.settings.machine.manage_url)),
        *answer);
  }
  at.facts.contents += page->blobs.size();
  return with_evidence(passed(std::to_string(page->blobs.size()) + (page->next ? " or more" : "") +
                              " contents became available in the last 24 hours"),
                       *answer);
}

std::optional<std::string> to_be_started(const Examination& at) {
  if (at.facts.contents > 0 || at.facts.auditing_failure) return std::nullopt;
  std::optional<std::string> enabled;
  for (const std::string& type : at.settings.machine.content_types) {
    if (at.left_out(type)) continue;
    const Subscription* subscription = subscription_of(at, type);
    if (subscription == nullptr) return type;
    if (!subscription->webhook.empty()) continue;
    if (subscription->state == SubscriptionState::disabled) return type;
    if (!enabled) enabled = type;
  }
  return enabled;
}

ProbeResult auditing(const Examination& at, const Answer* answer) {
  if (at.facts.auditing_failure) return failed(*at.facts.auditing_failure);
  if (at.facts.contents > 0) return passed("on: content is being made available");
  if (answer == nullptr) return warned(messages::no_content());
  if (!*answer) return failed(answer->error());
  const HttpResponse& response = **answer;
  if (response.status == 200) return with_evidence(warned(messages::no_content()), response);
  const ApiError error = interpret_error(response);
  if (error.row->fate == Fate::success) {
    return with_evidence(warned(messages::no_content()), response);
  }
  const Failure failure =
      to_failure(error, "starting the subscription of " + to_be_started(at).value_or("nothing"));
  return with_evidence(failed(failure), response);
}

}  // namespace cistern::connectors::microsoft_365::doctor
