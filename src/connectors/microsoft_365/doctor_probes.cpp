#include "connectors/microsoft_365/doctor_probes.hpp"

#include "connectors/microsoft_365/doctor.hpp"
#include "connectors/microsoft_365/doctor_feed.hpp"
#include "connectors/microsoft_365/doctor_login.hpp"
#include "connectors/microsoft_365/doctor_webhook.hpp"

#include <array>

namespace cistern::connectors::microsoft_365 {

using runtime::ProbeResult;

namespace {

using Request = Result<std::optional<HttpRequest>>;

HttpRequest authorized(HttpRequest request, const Examination& at) {
  at.facts.token->value.use([&](std::string_view text) {
    request.headers.push_back({"Authorization", std::string{"Bearer "}.append(text)});
  });
  request.sensitive = true;
  return request;
}

// ---- what is asked ----

Request nothing(const Examination& /*at*/, std::string_view /*type*/, Random& /*random*/) {
  return std::nullopt;
}

/// Whatever makes a token request impossible is found without sending it.
Request signable(const Examination& at, std::string_view /*type*/, Random& random) {
  const auto request = net::token_request(at.settings.entra, at.now, random);
  if (!request) return fail(request.error());
  return std::nullopt;
}

Request openid(const Examination& at, std::string_view /*type*/, Random& /*random*/) {
  const MachineOptions& machine = at.settings.machine;
  return openid_request(machine.login_url, machine.tenant);
}

Request without_token(const Examination& at, std::string_view /*type*/, Random& /*random*/) {
  return subscriptions_request(at.api());
}

Request token(const Examination& at, std::string_view /*type*/, Random& random) {
  auto request = net::token_request(at.settings.entra, at.now, random);
  if (!request) return fail(request.error());
  return std::move(*request);
}

Request list_subscriptions(const Examination& at, std::string_view /*type*/, Random& /*random*/) {
  return authorized(subscriptions_request(at.api()), at);
}

Request list_content(const Examination& at, std::string_view type, Random& /*random*/) {
  if (doctor::content_left_aside(at, type)) return std::nullopt;
  const TimePoint vendors_now = at.now - at.facts.clock_ahead.value_or(Duration{0});
  const TimePoint until = std::chrono::floor<std::chrono::seconds>(vendors_now);
  return authorized(content_request(at.api(), type, until - doctor::kLookBack, until), at);
}

Request start_one(const Examination& at, std::string_view /*type*/, Random& /*random*/) {
  const auto type = doctor::to_be_started(at);
  if (!type) return std::nullopt;
  return authorized(start_request(at.api(), *type), at);
}

/// A notification of nothing: it changes nothing, and proves the way, the path and the AuthID.
Request notify_nothing(const Examination& at, std::string_view /*type*/, Random& /*random*/) {
  const WebhookOptions& webhook = *at.settings.machine.webhook;
  HttpRequest request;
  request.method = "POST";
  request.url = webhook.address;
  request.headers = {{"Content-Type", "application/json; charset=utf-8"}};
  webhook.auth_id.use([&](std::string_view text) {
    request.headers.push_back({"Webhook-AuthID", std::string(text)});
  });
  request.body = "[]";
  request.max_body = 64 * 1024;
  request.sensitive = true;
  return request;
}

// ---- who decides ----

template <auto decide>
ProbeResult by_answer(Examination& at, std::string_view /*type*/, const Answer* answer) {
  return decide(at, *answer);
}

template <auto decide>
ProbeResult by_facts(Examination& at, std::string_view /*type*/, const Answer* /*answer*/) {
  return decide(at);
}

ProbeResult content(Examination& at, std::string_view type, const Answer* answer) {
  if (answer == nullptr) return left_aside(doctor::content_left_aside(at, type).value_or(""));
  return doctor::content(at, type, *answer);
}

ProbeResult auditing(Examination& at, std::string_view /*type*/, const Answer* answer) {
  return doctor::auditing(at, answer);
}

// ---- the table ----

constexpr std::array kConfigured = {kProbeConfig};
constexpr std::array kLoginReached = {kProbeLogin};
constexpr std::array kTokenIssued = {kProbeToken};
constexpr std::array kRightTenant = {kProbeToken, kProbeTenant};
constexpr std::array kFeedOpen = {kProbeManagement, kProbeToken, kProbeTenant, kProbeCloud,
                                  kProbeRead};
constexpr std::array kListed = {kProbeSubscriptions};

constexpr Probe kTable[] = {
    {kProbeConfig, {}, signable, by_facts<doctor::configuration>},
    {kProbeLogin, kConfigured, openid, by_answer<doctor::login_host>},
    {kProbeManagement, kConfigured, without_token, by_answer<doctor::management_host>},
    {kProbeClock, kConfigured, nothing, by_facts<doctor::clock>},
    {kProbeToken, kLoginReached, token, by_answer<doctor::token>},
    {kProbeTenant, kTokenIssued, nothing, by_facts<doctor::tenant>},
    {kProbeCloud, kTokenIssued, nothing, by_facts<doctor::cloud>},
    {kProbeRead, kRightTenant, nothing, by_facts<doctor::role_read>},
    {kProbeDlp, kRightTenant, nothing, by_facts<doctor::role_read_dlp>},
    {kProbeSubscriptions, kFeedOpen, list_subscriptions, by_answer<doctor::subscriptions>},
    {kProbeWebhook, kListed, nothing, by_facts<doctor::webhook_registered>, false, true},
    {kProbeWebhookAddress, kConfigured, notify_nothing, by_answer<doctor::webhook_answers>, false,
     true},
    {kProbeListing, kListed, list_content, content, true},
    {kProbeAudit, kListed, start_one, auditing},
};

}  // namespace

std::span<const Probe> probe_table() {
  return kTable;
}

}  // namespace cistern::connectors::microsoft_365
