#include "connectors/microsoft_365/doctor_webhook.hpp"

#include "base/bytes.hpp"
#include "connectors/microsoft_365/messages.hpp"

#include <algorithm>
#include <string>

namespace cistern::connectors::microsoft_365::doctor {

using runtime::ProbeResult;

namespace {

void add(std::string& list, std::string_view item) {
  list.append(list.empty() ? "" : ", ").append(item);
}

/// The content types by the state of their webhook.
struct Registered {
  std::string enabled;
  std::string disabled;
  std::string expired;
  std::string missing;
  TimePoint first_end = TimePoint::max();
};

Registered sort_types(const Examination& at) {
  Registered out;
  for (const std::string& type : at.settings.machine.content_types) {
    if (at.left_out(type)) continue;
    WebhookKeeper keeper(&*at.settings.machine.webhook);
    const auto& all = at.facts.subscriptions;
    const auto found = std::find_if(all.begin(), all.end(), [&](const Subscription& one) {
      return equal_ignoring_case(one.content_type, type);
    });
    keeper.listed(found == all.end() ? nullptr : &*found,
                  at.now - at.facts.clock_ahead.value_or(Duration{0}));
    switch (keeper.state()) {
      case WebhookKeeper::State::enabled:
        add(out.enabled, type);
        if (found->webhook_expires != TimePoint{})
          out.first_end = std::min(out.first_end, found->webhook_expires);
        break;
      case WebhookKeeper::State::disabled:
        add(out.disabled, type);
        break;
      case WebhookKeeper::State::expired:
        add(out.expired, type);
        break;
      case WebhookKeeper::State::unknown:
      case WebhookKeeper::State::missing:
      case WebhookKeeper::State::refused:
        add(out.missing, type);
        break;
    }
  }
  return out;
}

}  // namespace

ProbeResult webhook_registered(const Examination& at) {
  const std::string& address = at.settings.machine.webhook->address;
  const Registered types = sort_types(at);
  if (!types.disabled.empty()) return warned(messages::webhook_disabled(types.disabled, address));
  if (!types.expired.empty()) return warned(messages::webhook_expired(types.expired, address));
  if (!types.missing.empty()) return warned(messages::webhook_missing(types.missing, address));
  std::string seen = "enabled for " + types.enabled;
  if (types.first_end != TimePoint::max())
    seen += ", until " + format_time_seconds(types.first_end) + "Z at least";
  return passed(std::move(seen));
}

ProbeResult webhook_answers(const Examination& at, const Answer& answer) {
  const std::string& address = at.settings.machine.webhook->address;
  if (!answer) return warned(messages::webhook_unreachable(address, answer.error().cause));
  if (answer->status == 200) return passed(excerpt(address, 200) + " answers");
  if (answer->status == 403) {
    return warned(messages::webhook_unreachable(
        address,
        "the AuthID is refused (403); most likely `webhook_auth_id` has been changed and "
        "`cistern reload` not called"));
  }
  return warned(messages::webhook_unreachable(address, describe_answer(*answer)));
}

}  // namespace cistern::connectors::microsoft_365::doctor
