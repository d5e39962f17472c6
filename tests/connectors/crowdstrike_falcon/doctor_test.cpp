// What the doctor concludes from each answer.
#include "connectors/crowdstrike_falcon/doctor_decisions.hpp"
#include "connectors/crowdstrike_falcon/fake_vendor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::crowdstrike_falcon::test {
namespace {

using runtime::ProbeResult;
using std::chrono::seconds;
using testing::HasSubstr;
using Outcome = ProbeResult::Outcome;

Examination examination() {
  Examination at;
  at.now = TimePoint{seconds{1'790'000'000}};
  at.settings.machine.api_url = at.settings.token.api_url = at.settings.token.token_url = kApi;
  at.settings.machine.app_id = "cistern01";
  at.settings.token.client_id = "0a1b";
  at.settings.token.client_secret = Secret{"secret"};
  return at;
}

HttpResponse issued(std::string_view region) {
  HttpResponse out = reply(201, R"({"access_token":"tooth","expires_in":1799})");
  out.headers.push_back({"X-CS-Region", std::string{region}});
  out.headers.push_back({"Date", "Mon, 21 Sep 2026 13:00:00 GMT"});
  return out;
}

const Failure kNetwork{.verdict = Verdict::retry,
                       .code = "net/dns",
                       .cause = "no such host",
                       .consequence = "requests wait",
                       .next_step = "mend the line"};

TEST(FalconDoctor, TheNetworksWordsAreHandedOn) {
  Examination at = examination();
  const Answer none = fail(kNetwork);
  for (const ProbeResult& result : {doctor::api_host(at, none), doctor::token(at, none),
                                    doctor::scope(at, none), doctor::stream_host(at, none)}) {
    EXPECT_EQ(result.outcome, Outcome::failed);
    EXPECT_EQ(result.code, "net/dns");
    EXPECT_EQ(result.next_step, "mend the line");
  }
}

TEST(FalconDoctor, ALabelWithOtherMarksIsAWarning) {
  Examination at = examination();
  EXPECT_EQ(doctor::configuration(at).outcome, Outcome::passed);
  at.settings.machine.app_id = "SIEM-Connector-v2.0.0";
  EXPECT_EQ(doctor::configuration(at).outcome, Outcome::warning);
  at.settings.machine.app_id = std::string(40, 'a');
  EXPECT_THAT(doctor::configuration(at).seen, HasSubstr("longer than 32"));
}

TEST(FalconDoctor, ARefusalWithoutATokenProvesTheWay) {
  Examination at = examination();
  EXPECT_EQ(doctor::api_host(at, refusal(401, 401, "no token")).outcome, Outcome::passed);
  EXPECT_EQ(doctor::api_host(at, refusal(403, 403, "no")).outcome, Outcome::passed);
  EXPECT_EQ(doctor::api_host(at, reply(200, "<html>portal")).outcome, Outcome::failed);
  EXPECT_EQ(doctor::api_host(at, reply(404, "<html>")).outcome, Outcome::failed);
  EXPECT_EQ(doctor::api_host(at, refusal(502, 502, "bad gateway")).outcome, Outcome::failed);
}

TEST(FalconDoctor, WrongKeyAndWrongAddressAreToldApart) {
  Examination at = examination();
  EXPECT_EQ(doctor::token(at, refusal(401, 401, "denied")).code,
            "crowdstrike_falcon/secret-refused");
  EXPECT_EQ(doctor::token(at, refusal(403, 403, "access denied, authorization failed")).code,
            "crowdstrike_falcon/address-refused");
  EXPECT_EQ(doctor::token(at, refusal(403, 403, "x")).correlation_id, "trace-1");
}

TEST(FalconDoctor, AnotherCloudIsNamed) {
  Examination at = examination();
  at.settings.token.cloud = "us-1";
  EXPECT_EQ(doctor::token(at, issued("eu-1")).outcome, Outcome::passed);
  const ProbeResult wrong = doctor::cloud(at);
  EXPECT_EQ(wrong.outcome, Outcome::failed);
  EXPECT_THAT(wrong.next_step, HasSubstr("cloud: eu-1"));
  at.settings.token.cloud.clear();
  EXPECT_EQ(doctor::cloud(at).outcome, Outcome::passed);
  at.region.clear();
  EXPECT_EQ(doctor::cloud(at).outcome, Outcome::skipped);
}

TEST(FalconDoctor, AClockThatIsOffIsToldWithItsAmount) {
  Examination at = examination();
  EXPECT_EQ(doctor::clock(at).outcome, Outcome::skipped);
  at.clock_ahead = seconds{1};
  EXPECT_EQ(doctor::clock(at).outcome, Outcome::passed);
  at.clock_ahead = seconds{-300};
  EXPECT_EQ(doctor::clock(at).outcome, Outcome::warning);
  EXPECT_THAT(doctor::clock(at).seen, HasSubstr("5 min behind"));
}

TEST(FalconDoctor, AMissingScopeIsNamedWithItsPlace) {
  Examination at = examination();
  const ProbeResult denied = doctor::scope(at, refusal(403, 403, "access denied"));
  EXPECT_EQ(denied.code, "crowdstrike_falcon/scope-missing");
  EXPECT_THAT(denied.next_step, HasSubstr("tick Read for Event streams"));
  EXPECT_EQ(doctor::scope(at, refusal(200, 403, "no")).code, "crowdstrike_falcon/scope-missing");
  EXPECT_EQ(doctor::scope(at, reply(200, "")).code, "crowdstrike_falcon/empty-answer");
}

TEST(FalconDoctor, ATakenLabelIsAWarningBecauseItMayBeOurOwn) {
  Examination at = examination();
  EXPECT_EQ(doctor::scope(at, reply(200, R"({"resources":[]})")).outcome, Outcome::passed);
  const ProbeResult taken = doctor::streams(at);
  EXPECT_EQ(taken.outcome, Outcome::warning);
  EXPECT_THAT(taken.meaning, HasSubstr("if this connector is running just now"));
  EXPECT_THAT(taken.next_step, HasSubstr("cistern status"));
}

FeedOffer offer(std::string url) {
  FeedOffer out;
  out.feed = "0";
  out.partition = "0";
  out.url = std::move(url);
  return out;
}

TEST(FalconDoctor, StreamsOfOtherPartitionsAndForeignHostsAreFailures) {
  Examination at = examination();
  at.feeds.push_back(offer("https://firehose.crowdstrike.com/x"));
  EXPECT_EQ(doctor::streams(at).outcome, Outcome::passed);
  at.settings.machine.partitions = {"7"};
  EXPECT_EQ(doctor::streams(at).code, "crowdstrike_falcon/no-such-partition");
  at.settings.machine.partitions.clear();
  at.feeds.push_back(offer("https://example.com/x"));
  EXPECT_EQ(doctor::streams(at).code, "crowdstrike_falcon/foreign-stream");
}

TEST(FalconDoctor, TheStreamsHostOnlyHasToAnswer) {
  Examination at = examination();
  at.feeds.push_back(offer("https://firehose.crowdstrike.com/x"));
  EXPECT_EQ(doctor::stream_host(at, refusal(401, 401, "no session")).outcome, Outcome::passed);
  EXPECT_EQ(doctor::stream_host(at, reply(503, "proxy")).outcome, Outcome::failed);
}

}  // namespace
}  // namespace cistern::connectors::crowdstrike_falcon::test
