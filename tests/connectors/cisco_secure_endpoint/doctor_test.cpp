// What the doctor concludes from each answer.
#include "connectors/cisco_secure_endpoint/doctor_decisions.hpp"
#include "connectors/cisco_secure_endpoint/fake_vendor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::cisco_secure_endpoint::test {
namespace {

using runtime::ProbeResult;
using std::chrono::hours;
using testing::HasSubstr;
using Outcome = ProbeResult::Outcome;

Examination examination() {
  Examination at;
  at.now = kStart;
  at.settings.machine.api_url = kApi;
  at.settings.machine.client_id = "1ab1ab1ab1ab1ab1ab1a";
  at.settings.credential = {kApi, "1ab1ab1ab1ab1ab1ab1a", Secret{"key"}};
  return at;
}

HttpResponse refusal(int status, std::string_view details) {
  return answer(status, error_body(status, "Refused", details), kStart);
}

TEST(EndpointDoctor, TheNetworksAndTheProxysWordsAreHandedOn) {
  Examination at = examination();
  const Answer none = fail({.verdict = Verdict::stop,
                            .code = "net/proxy-password",
                            .cause = "the proxy refused",
                            .consequence = {},
                            .next_step = "set proxy_password"});
  for (const ProbeResult& result : {doctor::api_host(at, none), doctor::key(at, none),
                                    doctor::events(at, none), doctor::scope(at, none)}) {
    EXPECT_EQ(result.outcome, Outcome::failed);
    EXPECT_EQ(result.code, "net/proxy-password");
    EXPECT_EQ(result.next_step, "set proxy_password");
  }
  EXPECT_THAT(doctor::api_host(at, answer(407, "proxy", kStart)).next_step,
              HasSubstr("proxy_user"));
}

TEST(EndpointDoctor, ARefusalWithoutAKeyProvesTheWayAndAPortalDoesNot) {
  Examination at = examination();
  EXPECT_EQ(doctor::api_host(at, refusal(401, "Unknown API key or Client ID")).outcome,
            Outcome::passed);
  const ProbeResult portal = doctor::api_host(at, answer(403, "<html>blocked</html>", kStart));
  EXPECT_EQ(portal.outcome, Outcome::failed);
  EXPECT_THAT(portal.seen, HasSubstr("blocked"));
}

TEST(EndpointDoctor, AWrongKeyAndAWrongCloudAreToldApart) {
  Examination at = examination();
  const ProbeResult wrong = doctor::key(at, refusal(401, "Unknown API key or Client ID"));
  EXPECT_EQ(wrong.outcome, Outcome::failed);
  EXPECT_THAT(wrong.seen, HasSubstr("in cloud eu"));
  EXPECT_TRUE(at.key_refused);
  const Answer also_refused = refusal(401, "Unknown API key or Client ID");
  EXPECT_EQ(doctor::other_cloud(at, "us", &also_refused).outcome, Outcome::passed);
  const Answer accepted = answer(200, "{}", kStart);
  const ProbeResult other = doctor::other_cloud(at, "apjc", &accepted);
  EXPECT_EQ(other.outcome, Outcome::failed);
  EXPECT_EQ(other.code, "cisco_secure_endpoint/wrong-cloud");
  EXPECT_THAT(other.next_step, HasSubstr("`cloud: apjc`"));
  EXPECT_EQ(doctor::other_cloud(at, "us", nullptr).outcome, Outcome::skipped);
  Examination good = examination();
  EXPECT_EQ(doctor::key(good, accepted).outcome, Outcome::passed);
  EXPECT_FALSE(good.key_refused);
}

TEST(EndpointDoctor, AReadOnlyKeyCannotMakeStreams) {
  Examination at = examination();
  for (const int status : {401, 403}) {
    const ProbeResult result = doctor::scope(at, refusal(status, "read only"));
    EXPECT_EQ(result.outcome, Outcome::failed);
    EXPECT_EQ(result.code, "cisco_secure_endpoint/read-only-key");
    EXPECT_THAT(result.next_step, HasSubstr("Read & Write"));
  }
  EXPECT_EQ(doctor::scope(at, refusal(404, "no such stream")).outcome, Outcome::passed);
  EXPECT_EQ(doctor::scope(at, refusal(503, "away")).outcome, Outcome::failed);
}

TEST(EndpointDoctor, FiveStreamsAreAll) {
  Examination at = examination();
  const auto list = [](int count) {
    std::string data;
    for (int i = 1; i <= count; ++i)
      data += (i > 1 ? "," : "") + (R"({"id":)" + std::to_string(i) + R"(,"name":"a"})");
    return answer(200, R"({"version":"v1.2.0","data":[)" + data + "]}", kStart);
  };
  EXPECT_EQ(doctor::event_streams(at, list(2)).outcome, Outcome::passed);
  EXPECT_EQ(doctor::event_streams(at, list(5)).outcome, Outcome::warning);
}

TEST(EndpointDoctor, TheBudgetThatIsUsedUpIsSaidWithItsEnd) {
  Examination at = examination();
  EXPECT_EQ(doctor::budget(at).outcome, Outcome::skipped);
  HttpResponse used = refusal(429, "slow down");
  used.headers.push_back({"X-Rate-Limit-Limit", "3000"});
  used.headers.push_back({"X-Rate-Limit-Remaining", "0"});
  used.headers.push_back({"X-Rate-Limit-Reset", "600"});
  const ProbeResult key = doctor::key(at, used);
  EXPECT_EQ(key.outcome, Outcome::failed);
  EXPECT_THAT(key.next_step, HasSubstr("10 min"));
  EXPECT_FALSE(at.key_refused);
  EXPECT_EQ(doctor::budget(at).outcome, Outcome::warning);
}

TEST(EndpointDoctor, AClockThatIsOffIsAWarning) {
  Examination at = examination();
  EXPECT_EQ(doctor::clock(at).outcome, Outcome::skipped);
  at.now = kStart + hours{1};
  doctor::api_host(at, refusal(401, ""));
  const ProbeResult clock = doctor::clock(at);
  EXPECT_EQ(clock.outcome, Outcome::warning);
  EXPECT_EQ(clock.code, "cisco_secure_endpoint/clock-skew");
}

TEST(EndpointDoctor, EventsAreReadable) {
  Examination at = examination();
  const ProbeResult good = doctor::events(
      at, answer(200, R"({"metadata":{"results":{"total":12}},"data":[{"id":1}]})", kStart));
  EXPECT_EQ(good.outcome, Outcome::passed);
  EXPECT_THAT(good.seen, HasSubstr("12"));
  EXPECT_EQ(doctor::events(at, answer(200, "<html>", kStart)).outcome, Outcome::failed);
  EXPECT_EQ(doctor::audit(at, refusal(403, "scope")).code, "cisco_secure_endpoint/denied");
  const ProbeResult foreign = doctor::events(
      at,
      answer(200, R"({"metadata":{"links":{"next":"https://example.net/"}},"data":[]})", kStart));
  EXPECT_EQ(foreign.code, "cisco_secure_endpoint/foreign-link");
}

}  // namespace
}  // namespace cistern::connectors::cisco_secure_endpoint::test
