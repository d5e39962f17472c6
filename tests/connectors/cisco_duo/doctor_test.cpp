// What the doctor concludes: keys by their looks, host, clock, permission, edition.
#include "connectors/cisco_duo/doctor_decisions.hpp"
#include "connectors/cisco_duo/fake_vendor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::cisco_duo::test {
namespace {

using runtime::ProbeResult;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;
using Outcome = ProbeResult::Outcome;

constexpr std::string_view kIntegrationKey = "DIWJ8X6AEYOR5OMC6TQ1";
constexpr std::string_view kSecretKey = "Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep";
constexpr TimePoint kNow{seconds{1'790'000'000}};

Examination examination(std::string_view integration_key = kIntegrationKey,
                        std::string_view secret_key = kSecretKey) {
  Settings settings;
  settings.machine.api.origin = kOrigin;
  settings.credential.integration_key = integration_key;
  settings.credential.secret_key = Secret{std::string{secret_key}};
  settings.credential.origin = kOrigin;
  Examination out{.settings = std::move(settings)};
  out.now = kNow;
  return out;
}

ProbeResult log_of(std::string_view stream, int status, std::string body) {
  Examination at = examination();
  return doctor::log(at, *find_log_stream(stream), answer(status, std::move(body), kNow));
}

TEST(DuoDoctor, ExchangedKeysAreSeenBeforeAnythingIsSent) {
  const ProbeResult swapped = doctor::keys(examination(kSecretKey, kIntegrationKey));
  EXPECT_EQ(swapped.outcome, Outcome::failed);
  EXPECT_EQ(swapped.code, "cisco_duo/keys-swapped");
  EXPECT_THAT(swapped.seen + swapped.meaning + swapped.next_step, Not(HasSubstr(kSecretKey)));
  EXPECT_EQ(doctor::keys(examination()).outcome, Outcome::passed);
}

TEST(DuoDoctor, KeysThatWereCutAreNamedWithoutShowingThem) {
  const ProbeResult cut = doctor::keys(examination(kIntegrationKey, kSecretKey.substr(1)));
  EXPECT_EQ(cut.outcome, Outcome::warning);
  EXPECT_THAT(cut.seen, HasSubstr("39 characters"));
  EXPECT_THAT(cut.seen, Not(HasSubstr(kSecretKey.substr(1, 10))));
  EXPECT_EQ(doctor::keys(examination("DI123", kSecretKey)).code, "cisco_duo/key-shape");
}

TEST(DuoDoctor, AHostThatIsNoHostIsSaidFirst) {
  Examination at{.settings = fail(normal_origin("admin-1a2b3c4d.duosecurity.com").error())};
  EXPECT_EQ(doctor::keys(at).code, "cisco_duo/host");
}

TEST(DuoDoctor, ARefusalInTheVendorsWordsProvesTheHost) {
  Examination at = examination();
  const auto refused = answer(401, fail_body(40101, "Missing request credentials"), kNow);
  EXPECT_EQ(doctor::api_host(at, refused).outcome, Outcome::passed);
  for (const auto& [status, body] : {std::pair{200, "<html>"}, {404, "<html>"}, {502, ""}}) {
    const ProbeResult wrong = doctor::api_host(at, answer(status, body, kNow));
    EXPECT_EQ(wrong.code, "cisco_duo/wrong-host");
    EXPECT_THAT(wrong.next_step, HasSubstr("API hostname"));
  }
}

TEST(DuoDoctor, ANameThatDoesNotExistIsMostLikelyAWrongHost) {
  Examination at = examination();
  const Answer none = fail(Failure{.verdict = Verdict::retry,
                                   .code = "net/dns",
                                   .cause = "no such host",
                                   .consequence = {},
                                   .next_step = "mend the line"});
  const ProbeResult result = doctor::api_host(at, none);
  EXPECT_EQ(result.code, "net/dns");
  EXPECT_THAT(result.next_step, HasSubstr("API hostname"));
  EXPECT_THAT(result.next_step, HasSubstr("mend the line"));
}

TEST(DuoDoctor, AClockThatIsOffIsToldWithItsAmountAndUsedForTheOtherProbes) {
  Examination at = examination();
  EXPECT_EQ(doctor::clock(at).outcome, Outcome::skipped);
  const auto refused =
      answer(401, fail_body(40101, "Missing request credentials"), kNow - minutes{7});
  doctor::api_host(at, refused);
  EXPECT_EQ(doctor::clock(at).outcome, Outcome::warning);
  EXPECT_THAT(doctor::clock(at).seen, HasSubstr("7 min ahead"));
  EXPECT_EQ(at.vendor_now(), kNow - minutes{7});
  Examination right = examination();
  doctor::api_host(right, answer(401, fail_body(40101, "x"), kNow));
  EXPECT_EQ(doctor::clock(right).outcome, Outcome::passed);
}

TEST(DuoDoctor, AMissingPermissionAndANetworkRestrictionAreOneAnswerWithTwoCures) {
  const ProbeResult denied = log_of("authentication", 403, fail_body(40301, "Access forbidden"));
  EXPECT_EQ(denied.outcome, Outcome::failed);
  EXPECT_EQ(denied.code, "cisco_duo/access-denied");
  EXPECT_THAT(denied.next_step, HasSubstr("Grant read log"));
  EXPECT_THAT(denied.next_step, HasSubstr("Networks for API access"));
}

TEST(DuoDoctor, AnEditionWithoutTrustMonitorIsAWarning) {
  const ProbeResult lacking = log_of("trust_monitor", 404, fail_body(40401, "Resource not found"));
  EXPECT_EQ(lacking.outcome, Outcome::warning);
  EXPECT_THAT(lacking.next_step, HasSubstr("Advantage and Premier"));
  const ProbeResult denied = log_of("trust_monitor", 403, fail_body(40301, "Access forbidden"));
  EXPECT_THAT(denied.next_step, HasSubstr("Advantage and Premier"));
  EXPECT_THAT(denied.next_step, HasSubstr("Grant read log"));
}

TEST(DuoDoctor, RefusedCredentialsAreToldApart) {
  EXPECT_EQ(log_of("activity", 401, fail_body(40102, "Invalid integration key")).code,
            "cisco_duo/integration-unknown");
  EXPECT_EQ(log_of("activity", 401, fail_body(40103, "Invalid signature")).code,
            "cisco_duo/signature-refused");
  EXPECT_EQ(log_of("activity", 401, fail_body(40105, "Bad request timestamp")).code,
            "cisco_duo/clock-refused");
}

TEST(DuoDoctor, ThrottlingByARunningCollectorIsNoFailure) {
  EXPECT_EQ(log_of("activity", 429, fail_body(42901, "Too Many Requests")).outcome,
            Outcome::warning);
}

TEST(DuoDoctor, AnAnsweredLogIsGranted) {
  const ProbeResult granted = log_of(
      "activity", 200, R"({"stat":"OK","response":{"items":[],"metadata":{"next_offset":null}}})");
  EXPECT_EQ(granted.outcome, Outcome::passed);
  EXPECT_EQ(log_of("administrator", 200, R"({"stat":"OK","response":[]})").outcome,
            Outcome::passed);
  EXPECT_EQ(log_of("activity", 200, fail_body(40301, "Access forbidden")).code,
            "cisco_duo/access-denied");
  EXPECT_EQ(log_of("activity", 200, "<html>").code, "cisco_duo/unreadable-answer");
}

}  // namespace
}  // namespace cistern::connectors::cisco_duo::test
