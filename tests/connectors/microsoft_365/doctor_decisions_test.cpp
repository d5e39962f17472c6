// The doctor's decisions without any I/O: one row a fault, from the answer to the cure.
#include "connectors/microsoft_365/doctor.hpp"
#include "connectors/microsoft_365/doctor_answers.hpp"
#include "connectors/microsoft_365/doctor_feed.hpp"
#include "connectors/microsoft_365/doctor_login.hpp"
#include "connectors/microsoft_365/doctor_probes.hpp"
#include "connectors/microsoft_365/error_table.hpp"
#include "connectors/microsoft_365/fake_vendor.hpp"
#include "connectors/microsoft_365/messages.hpp"
#include "net/made_certificate.hpp"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::microsoft_365::test {
namespace {

using runtime::ProbeResult;
using testing::AnyOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const TimePoint kNow = parse_time("2026-03-10T12:00:00Z").value();
constexpr std::string_view kHook = "https://collector.example.com/o365";
constexpr std::string_view kOtherTenant = "99999999-2222-3333-4444-555555555555";

/// An examination in which everything went well so far.
struct Bench {
  Settings settings;
  Examination at{.settings = settings, .now = kNow, .facts = {}};

  Bench() {
    settings.machine.manage_url = kManage;
    settings.machine.login_url = "https://login.microsoftonline.com";
    settings.machine.tenant = kTenant;
    settings.machine.content_types = {"Audit.Exchange", "DLP.All"};
    settings.entra.login_url = settings.machine.login_url;
    settings.entra.tenant = kTenant;
    settings.entra.client_id = "aaaaaaaa-0000-4000-8000-000000000001";
    settings.entra.credential = Secret{"Xy8Q~example"};
    settings.entra.resource = kManage;
    settings.machine.webhook = WebhookOptions{.address = std::string(kHook),
                                              .auth_id = Secret{"planted-auth-id-1"},
                                              .lifetime = std::chrono::hours{72}};
    at.facts.tenant = kTenant;
    at.facts.clock_ahead = Duration{0};
    holding({"ActivityFeed.Read", "ActivityFeed.ReadDlp"});
    for (const char* type : {"Audit.Exchange", "DLP.All"})
      at.facts.subscriptions.push_back({type, SubscriptionState::enabled, {}});
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  void holding(std::vector<std::string> roles) {
    net::Token token;
    token.grant = {std::string(kTenant), std::string(kManage), std::move(roles), {}};
    at.facts.token = std::move(token);
  }
};

using Decide = std::function<ProbeResult(Bench&)>;

/// Asks the table's own probe, with an answer or from what is known.
Decide probe(std::string_view name, std::optional<Answer> answer = std::nullopt,
             std::function<void(Bench&)> prepare = {}) {
  return [name, answer, prepare](Bench& bench) {
    if (prepare) prepare(bench);
    for (const Probe& one : probe_table()) {
      if (one.name != name) continue;
      SeededRandom random{1};
      const auto asked = one.ask(bench.at, "Audit.Exchange", random);
      if (!asked) return failed(asked.error());
      return one.decide(bench.at, "Audit.Exchange", *asked && answer ? &*answer : nullptr);
    }
    ADD_FAILURE() << "no probe " << name;
    return ProbeResult{};
  };
}

std::function<void(Bench&)> with_certificate(const net::CertificateWish& wish, bool other_key) {
  return [wish, other_key](Bench& bench) {
    const net::MadeCertificate made(wish);
    net::ClientCertificate credential;
    credential.certificate_pem = made.certificate_pem();
    credential.private_key_pem =
        Secret{other_key ? net::MadeCertificate(wish).key_pem() : made.key_pem()};
    bench.settings.entra.credential = std::move(credential);
    bench.at.now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  };
}

std::function<void(Bench&)> holding(std::vector<std::string> roles, bool required = false) {
  return [roles, required](Bench& bench) {
    bench.holding(roles);
    bench.settings.machine.dlp_required = required;
  };
}

std::function<void(Bench&)> subscribed(std::vector<Subscription> subscriptions) {
  return [subscriptions](Bench& bench) { bench.at.facts.subscriptions = subscriptions; };
}

std::function<void(Bench&)> clock_ahead(Duration by) {
  return [by](Bench& bench) { bench.at.facts.clock_ahead = by; };
}

/// Both content types, whose webhook is ours and has this status and end.
std::function<void(Bench&)> hooked(std::string status, std::string_view expires,
                                   std::string_view address = kHook) {
  std::vector<Subscription> all;
  for (const char* type : {"Audit.Exchange", "DLP.All"}) {
    Subscription one{.content_type = type, .state = SubscriptionState::enabled, .webhook = status};
    one.webhook_address = address;
    one.webhook_expires = parse_time(expires).value_or(TimePoint{});
    all.push_back(std::move(one));
  }
  return subscribed(std::move(all));
}

const auto kDomain = [](Bench& bench) { bench.settings.machine.tenant = "contoso.com"; };
const net::CertificateWish kRsa{.valid_until = 90L * 24 * 3600, .rsa_bits = 2048};

struct Row {
  const char* name;
  Decide decide;
  Outcome outcome;
  const char* code;       ///< Empty: passed or skipped.
  const char* next_step;  ///< A part of it.
};

const Row kRows[] = {
    // configuration
    {"secret", probe(kProbeConfig), Outcome::passed, "", ""},
    {"secret id for the value",
     probe(kProbeConfig, {},
           [](Bench& bench) {
             bench.settings.entra.credential = Secret{"aaaaaaaa-0000-4000-8000-000000000002"};
           }),
     Outcome::failed, "entra/secret-id", "column Value"},
    {"certificate", probe(kProbeConfig, {}, with_certificate(kRsa, false)), Outcome::passed, "",
     ""},
    {"certificate expires soon",
     probe(kProbeConfig, {}, with_certificate({.valid_until = 86400, .rsa_bits = 2048}, false)),
     Outcome::warning, "entra/certificate-expires", "upload it beside the old one"},
    {"certificate expired",
     probe(kProbeConfig, {},
           with_certificate({.valid_from = -7200, .valid_until = -3600, .rsa_bits = 2048}, false)),
     Outcome::failed, "entra/certificate-expired", "new certificate"},
    {"key of another certificate", probe(kProbeConfig, {}, with_certificate(kRsa, true)),
     Outcome::failed, "entra/key-mismatch", "the key that was made together"},
    // login host
    {"reachable", probe(kProbeLogin, openid()), Outcome::passed, "", ""},
    {"name not found", probe(kProbeLogin, fail(network("net/dns"))), Outcome::failed, "net/dns",
     "mend the line"},
    {"proxy demands a password", probe(kProbeLogin, fail(network("net/proxy-password"))),
     Outcome::failed, "net/proxy-password", "mend the line"},
    {"unknown domain", probe(kProbeLogin, entra(90002, "invalid_tenant"), kDomain), Outcome::failed,
     "microsoft_365/tenant-unknown", "compare `tenant`"},
    {"unknown GUID is the token's matter", probe(kProbeLogin, entra(90002, "invalid_tenant")),
     Outcome::passed, "", ""},
    {"login page of a network", probe(kProbeLogin, reply(200, "<html>")), Outcome::failed,
     "microsoft_365/unreadable-answer", "in Microsoft's place"},
    {"redirected", probe(kProbeLogin, reply(302, "")), Outcome::failed, "microsoft_365/redirected",
     "no proxy asks for a login"},
    {"login service away", probe(kProbeLogin, reply(503, "")), Outcome::failed,
     "microsoft_365/vendor-unavailable", "service health"},
    // management host
    {"401 proves the way", probe(kProbeManagement, reply(401, "")), Outcome::passed, "", ""},
    {"its own refusal as well", probe(kProbeManagement, api(403, "AF429")), Outcome::passed, "",
     ""},
    {"no connection", probe(kProbeManagement, fail(network("net/connect"))), Outcome::failed,
     "net/connect", "mend the line"},
    {"somebody else answers 200", probe(kProbeManagement, reply(200, "hello")), Outcome::failed,
     "microsoft_365/unreadable-answer", "in Microsoft's place"},
    {"a firewall answers 403", probe(kProbeManagement, reply(403, "<html>")), Outcome::failed,
     "microsoft_365/forbidden", "allow the hosts"},
    // clock
    {"clock right", probe(kProbeClock, {}, clock_ahead(std::chrono::seconds{30})), Outcome::passed,
     "", ""},
    {"clock 2 min ahead", probe(kProbeClock, {}, clock_ahead(std::chrono::minutes{2})),
     Outcome::warning, "microsoft_365/clock-skew", "timedatectl"},
    {"clock 20 min behind", probe(kProbeClock, {}, clock_ahead(-std::chrono::minutes{20})),
     Outcome::failed, "microsoft_365/clock-skew", "timedatectl"},
    {"no time named", probe(kProbeClock, {}, [](Bench& b) { b.at.facts.clock_ahead.reset(); }),
     Outcome::skipped, "", ""},
    // token
    {"issued", probe(kProbeToken, token_answer("")), Outcome::passed, "", ""},
    {"wrong secret", probe(kProbeToken, entra(7000215, "invalid_client", 401)), Outcome::failed,
     "entra/secret-wrong", "its Value (not its Secret ID)"},
    {"secret expired", probe(kProbeToken, entra(7000222, "invalid_client", 401)), Outcome::failed,
     "entra/secret-expired", "create a new client secret"},
    {"application unknown", probe(kProbeToken, entra(700016, "unauthorized_client")),
     Outcome::failed, "entra/application-unknown", "Overview page"},
    {"application disabled", probe(kProbeToken, entra(7000112, "unauthorized_client")),
     Outcome::failed, "entra/application-disabled", "Enterprise applications"},
    {"tenant unknown", probe(kProbeToken, entra(90002, "invalid_request")), Outcome::failed,
     "entra/tenant-unknown", "check the cloud"},
    {"another cloud", probe(kProbeToken, entra(900382, "invalid_request")), Outcome::failed,
     "entra/wrong-cloud", "choose the cloud"},
    {"certificate not registered",
     probe(kProbeToken, entra(700027, "invalid_client", 401), with_certificate(kRsa, false)),
     Outcome::failed, "entra/assertion-refused", "upload the configured certificate"},
    {"assertion out of time", probe(kProbeToken, entra(700024, "invalid_client", 401)),
     Outcome::failed, "entra/clock", "NTP"},
    {"consent missing", probe(kProbeToken, entra(65001, "invalid_grant")), Outcome::failed,
     "entra/consent-missing", "Grant admin consent"},
    {"permission not registered", probe(kProbeToken, entra(650057, "invalid_resource")),
     Outcome::failed, "entra/permission-missing", "Office 365 Management APIs"},
    {"conditional access", probe(kProbeToken, entra(53003, "invalid_grant")), Outcome::failed,
     "entra/blocked-by-policy", "Conditional Access"},
    {"assignment missing", probe(kProbeToken, entra(50105, "invalid_grant")), Outcome::failed,
     "entra/assignment-missing", "Assignment required"},
    {"no licence for the service", probe(kProbeToken, entra(650052, "invalid_resource")),
     Outcome::failed, "entra/not-subscribed", "subscription"},
    {"service not in the tenant", probe(kProbeToken, entra(500011, "invalid_resource")),
     Outcome::failed, "entra/resource-unknown", "Microsoft 365 subscription"},
    {"request loop", probe(kProbeToken, entra(50196, "invalid_grant")), Outcome::failed,
     "entra/request-loop", "wait at least 5 minutes"},
    {"Entra is busy", probe(kProbeToken, entra(90055, "temporarily_unavailable", 429)),
     Outcome::failed, "entra/unavailable", "status.cloud.microsoft"},
    // what the token says
    {"right tenant", probe(kProbeTenant), Outcome::passed, "", ""},
    {"another tenant",
     probe(kProbeTenant, {}, [](Bench& b) { b.at.facts.token->grant.tenant = kOtherTenant; }),
     Outcome::failed, "microsoft_365/tenant-mismatch", "set `tenant`"},
    {"right cloud", probe(kProbeCloud), Outcome::passed, "", ""},
    {"another cloud's host",
     probe(kProbeCloud, {},
           [](Bench& b) { b.at.facts.token->grant.audience = "https://manage.office365.us"; }),
     Outcome::failed, "microsoft_365/audience-mismatch", "set `cloud`"},
    {"Read granted", probe(kProbeRead), Outcome::passed, "", ""},
    {"no role at all", probe(kProbeRead, {}, holding({})), Outcome::failed,
     "microsoft_365/role-missing", "green mark"},
    {"the retired role alone", probe(kProbeRead, {}, holding({"ServiceHealth.Read"})),
     Outcome::failed, "microsoft_365/role-missing", "ServiceHealth.Read is not needed"},
    {"ReadDlp alone", probe(kProbeRead, {}, holding({"ActivityFeed.ReadDlp"})), Outcome::failed,
     "microsoft_365/role-missing", "Application permission ActivityFeed.Read of"},
    {"ReadDlp granted", probe(kProbeDlp), Outcome::passed, "", ""},
    {"ReadDlp missing, not asked for", probe(kProbeDlp, {}, holding({"ActivityFeed.Read"})),
     Outcome::warning, "microsoft_365/dlp-left-out", "without DLP.All"},
    {"ReadDlp missing, asked for", probe(kProbeDlp, {}, holding({"ActivityFeed.Read"}, true)),
     Outcome::failed, "microsoft_365/role-missing", "ActivityFeed.ReadDlp"},
    {"DLP not collected",
     probe(kProbeDlp, {}, [](Bench& b) { b.settings.machine.content_types = {"Audit.Exchange"}; }),
     Outcome::skipped, "", ""},
    // subscriptions
    {"all enabled",
     probe(kProbeSubscriptions,
           reply(200, R"([{"contentType":"Audit.Exchange","status":"enabled","webhook":null},)"
                      R"({"contentType":"DLP.All","status":"enabled"}])")),
     Outcome::passed, "", ""},
    {"none started", probe(kProbeSubscriptions, reply(200, "[]")), Outcome::warning,
     "microsoft_365/not-subscribed", "the subscription is started"},
    {"one disabled",
     probe(kProbeSubscriptions,
           reply(200, R"([{"contentType":"Audit.Exchange","status":"disabled"}])")),
     Outcome::warning, "microsoft_365/subscription-disabled", "no other program"},
    {"webhook broken",
     probe(kProbeSubscriptions,
           reply(200, R"([{"contentType":"Audit.Exchange","status":"enabled",)"
                      R"("webhook":{"status":"expired","address":"https://x/"}}])")),
     Outcome::warning, "microsoft_365/webhook", "app registration of its own"},
    {"our own webhook is no other program's",
     probe(kProbeSubscriptions,
           reply(200, R"([{"contentType":"Audit.Exchange","status":"enabled",)"
                      R"("webhook":{"status":"expired","address":")" +
                          std::string(kHook) +
                          R"("}},{"contentType":"DLP.All","status":"enabled"}])")),
     Outcome::passed, "", ""},
    // webhook
    {"webhook enabled", probe(kProbeWebhook, {}, hooked("enabled", "2026-03-12T00:00:00Z")),
     Outcome::passed, "", ""},
    {"webhook without an end", probe(kProbeWebhook, {}, hooked("enabled", "")), Outcome::passed, "",
     ""},
    {"webhook disabled", probe(kProbeWebhook, {}, hooked("disabled", "2026-03-12T00:00:00Z")),
     Outcome::warning, "microsoft_365/webhook-disabled", "reached from the Internet"},
    {"webhook expired", probe(kProbeWebhook, {}, hooked("expired", "2026-03-09T00:00:00Z")),
     Outcome::warning, "microsoft_365/webhook-expired", "registers it again"},
    {"webhook past its end", probe(kProbeWebhook, {}, hooked("enabled", "2026-03-10T11:59:00Z")),
     Outcome::warning, "microsoft_365/webhook-expired", "registers it again"},
    {"webhook of another", probe(kProbeWebhook, {}, hooked("enabled", "", "https://other/")),
     Outcome::warning, "microsoft_365/webhook-missing", "registers the webhook"},
    {"no webhook", probe(kProbeWebhook), Outcome::warning, "microsoft_365/webhook-missing",
     "registers the webhook"},
    {"webhook address answers", probe(kProbeWebhookAddress, reply(200, "")), Outcome::passed, "",
     ""},
    {"webhook address unreachable", probe(kProbeWebhookAddress, fail(network("net/connect"))),
     Outcome::warning, "microsoft_365/webhook-unreachable", "start `cistern run`"},
    {"webhook AuthID refused", probe(kProbeWebhookAddress, reply(403, "not allowed")),
     Outcome::warning, "microsoft_365/webhook-unreachable", "webhook_listen"},
    {"somebody else answers", probe(kProbeWebhookAddress, reply(502, "<html>")), Outcome::warning,
     "microsoft_365/webhook-unreachable", "reverse proxy"},
    {"throttled", probe(kProbeSubscriptions, api(403, "AF429")), Outcome::failed,
     "microsoft_365/throttled", "requests_per_minute"},
    {"permission missing", probe(kProbeSubscriptions, api(401, "AF10001")), Outcome::failed,
     "microsoft_365/permission-missing", "Grant admin consent"},
    {"tenant differs", probe(kProbeSubscriptions, api(400, "AF20010")), Outcome::failed,
     "microsoft_365/tenant-mismatch", "set `tenant`"},
    {"tenant unknown to the service", probe(kProbeSubscriptions, api(400, "AF20011")),
     Outcome::failed, "microsoft_365/tenant-unknown", "unified auditing"},
    {"tenant misconfigured", probe(kProbeSubscriptions, api(400, "AF20012")), Outcome::failed,
     "microsoft_365/tenant-misconfigured", "support ticket"},
    {"not a GUID", probe(kProbeSubscriptions, api(400, "AF20013")), Outcome::failed,
     "microsoft_365/tenant-not-guid", "set `tenant`"},
    {"token refused", probe(kProbeSubscriptions, reply(401, "")), Outcome::failed,
     "microsoft_365/token-refused", "`cloud`"},
    {"internal error", probe(kProbeSubscriptions, api(500, "AF50000")), Outcome::failed,
     "microsoft_365/vendor-error", "support ticket"},
    // content
    {"content", probe(kProbeListing, reply(200, "[]")), Outcome::passed, "", ""},
    {"no subscription after all", probe(kProbeListing, api(400, "AF20022")), Outcome::warning,
     "microsoft_365/not-subscribed", "the subscription is started"},
    {"disabled by somebody", probe(kProbeListing, api(400, "AF20023")), Outcome::failed,
     "microsoft_365/subscription-disabled", "no other program"},
    {"type unknown in this cloud", probe(kProbeListing, api(400, "AF20020")), Outcome::failed,
     "microsoft_365/content-type-refused", "`content_types`"},
    {"window refused", probe(kProbeListing, api(400, "AF20055")), Outcome::failed,
     "microsoft_365/window-refused", "timedatectl"},
    {"not started: not asked", probe(kProbeListing, {}, subscribed({})), Outcome::skipped, "", ""},
    {"links elsewhere",
     probe(kProbeListing,
           reply(200, R"([{"contentId":"a","contentUri":"https://evil.example/a"}])")),
     Outcome::failed, "microsoft_365/foreign-link", "changes answers"},
    // auditing
    {"auditing off", probe(kProbeAudit, auditing_off(), subscribed({})), Outcome::failed,
     "microsoft_365/auditing-off", "Start recording"},
    {"auditing on, nothing yet", probe(kProbeAudit, api(400, "AF20024")), Outcome::warning,
     "microsoft_365/no-content", "tomorrow"},
    {"started just now", probe(kProbeAudit, reply(200, R"({"status":"enabled"})"), subscribed({})),
     Outcome::warning, "microsoft_365/no-content", "Licenses"},
    {"content proves it", probe(kProbeAudit, {}, [](Bench& b) { b.at.facts.contents = 3; }),
     Outcome::passed, "", ""},
    {"start throttled", probe(kProbeAudit, api(403, "AF429")), Outcome::failed,
     "microsoft_365/throttled", "requests_per_minute"},
};

TEST(DoctorDecisions, EachFaultHasItsOutcomeAndItsCure) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    Bench bench;
    const ProbeResult result = row.decide(bench);
    EXPECT_EQ(result.outcome, row.outcome) << result.seen;
    EXPECT_EQ(result.code, row.code) << result.seen;
    EXPECT_THAT(result.next_step, HasSubstr(row.next_step));
    EXPECT_THAT(result.seen, Not(IsEmpty()));
    const bool cured = row.outcome == Outcome::failed || row.outcome == Outcome::warning;
    EXPECT_EQ(result.next_step.empty(), !cured);
    EXPECT_THAT(
        result.seen + result.meaning + result.next_step,
        Not(AnyOf(HasSubstr("{"), HasSubstr("Xy8Q~example"), HasSubstr("planted-auth-id-1"))));
  }
}

TEST(DoctorDecisions, AnswersAreNamedForASupportTicket) {
  Bench bench;
  const ProbeResult token = probe(kProbeToken, entra(65001, "invalid_grant"))(bench);
  EXPECT_EQ(token.correlation_id, kCorrelation);
  EXPECT_EQ(token.vendor_time, "2026-03-10 12:00:00Z");
  const ProbeResult audit = probe(kProbeAudit, auditing_off(), subscribed({}))(bench);
  EXPECT_EQ(audit.correlation_id, kCorrelation);
  EXPECT_EQ(audit.vendor_time, kDate);
  EXPECT_THAT(audit.seen, HasSubstr(kCorrelation));
}

TEST(DoctorDecisions, TheThumbprintIsNamedWhereACertificateIsNotRegistered) {
  Bench bench;
  const ProbeResult result = probe(kProbeToken, entra(700027, "invalid_client", 401),
                                   with_certificate(kRsa, false))(bench);
  const auto& certificate = std::get<net::ClientCertificate>(bench.settings.entra.credential);
  const auto facts = net::inspect_certificate(certificate.certificate_pem);
  EXPECT_THAT(result.next_step, HasSubstr(facts.value().sha1_thumbprint));
}

TEST(DoctorDecisions, EveryRowOfTheErrorTableThatAsksForAnActionIsShownWithItsOwnCure) {
  for (const ErrorRow& row : error_rows()) {
    if (row.fate == Fate::success) continue;
    SCOPED_TRACE(row.vendor_code);
    Bench bench;
    const ProbeResult result = probe(kProbeListing, api(400, row.vendor_code))(bench);
    EXPECT_EQ(result.next_step, row.next_step);
    EXPECT_EQ(result.code, row.code);
    EXPECT_THAT(result.seen, HasSubstr(row.vendor_code));
  }
}

// ---- which subscription is started ----

TEST(DoctorDecisions, OnlyAHarmlessStartIsMade) {
  struct Case {
    const char* name;
    std::vector<Subscription> subscriptions;
    std::size_t contents;
    std::optional<std::string> started;
  };
  const Subscription exchange{"Audit.Exchange", SubscriptionState::enabled, {}};
  const Subscription hooked{"Audit.Exchange", SubscriptionState::enabled, "enabled"};
  const Subscription hooked_off{"Audit.Exchange", SubscriptionState::disabled, "disabled"};
  const Subscription dlp{"DLP.All", SubscriptionState::enabled, {}};
  const Subscription dlp_hooked{"DLP.All", SubscriptionState::enabled, "enabled"};
  const Case cases[] = {
      {"nothing started", {}, 0, "Audit.Exchange"},
      {"one missing", {exchange}, 0, "DLP.All"},
      {"all enabled, nothing seen", {exchange, dlp}, 0, "Audit.Exchange"},
      {"content seen", {exchange}, 1, std::nullopt},
      {"a webhook is never removed", {hooked, dlp}, 0, "DLP.All"},
      {"nor that of a disabled one", {hooked_off, dlp_hooked}, 0, std::nullopt},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    Bench bench;
    bench.at.facts.subscriptions = one.subscriptions;
    bench.at.facts.contents = one.contents;
    EXPECT_EQ(doctor::to_be_started(bench.at), one.started);
  }
}

// ---- the table ----

TEST(DoctorProbes, EachNeedIsAnEarlierProbe) {
  std::vector<std::string_view> earlier;
  for (const Probe& probe : probe_table()) {
    for (const std::string_view need : probe.needs)
      EXPECT_THAT(earlier, testing::Contains(need)) << probe.name;
    earlier.push_back(probe.name);
  }
}

TEST(DoctorProbes, TheSecretGoesToTheLoginHostAloneAndTheTokenToTheManagementHost) {
  for (const Probe& probe : probe_table()) {
    SCOPED_TRACE(probe.name);
    Bench bench;
    bench.at.facts.token->value = Secret{"the-token"};
    SeededRandom random{1};
    const auto asked = probe.ask(bench.at, "Audit.Exchange", random);
    ASSERT_TRUE(asked.has_value());
    if (!*asked) continue;
    const HttpRequest& request = **asked;
    const auto authorization =
        std::find_if(request.headers.begin(), request.headers.end(),
                     [](const HttpHeader& header) { return header.name == "Authorization"; });
    const bool has_token = authorization != request.headers.end();
    const bool has_secret = request.body.find("Xy8Q~example") != std::string::npos;
    if (has_token) {
      EXPECT_EQ(url_origin(request.url), url_origin(kManage));
    }
    if (has_secret) {
      EXPECT_EQ(url_origin(request.url), "https://login.microsoftonline.com");
    }
    const bool has_auth_id =
        std::any_of(request.headers.begin(), request.headers.end(),
                    [](const HttpHeader& header) { return header.value == "planted-auth-id-1"; });
    if (has_auth_id) {
      EXPECT_EQ(request.url, kHook);
    }
    EXPECT_EQ(has_token || has_secret || has_auth_id, request.sensitive);
  }
}

}  // namespace
}  // namespace cistern::connectors::microsoft_365::test
