// Requests as the vendor wants them, answers as it gives them.
#include "connectors/cisco_secure_endpoint/wire.hpp"

#include "connectors/cisco_secure_endpoint/basic_authorizer.hpp"
#include "connectors/cisco_secure_endpoint/clouds.hpp"
#include "connectors/cisco_secure_endpoint/error_table.hpp"
#include "connectors/cisco_secure_endpoint/fake_vendor.hpp"
#include "connectors/cisco_secure_endpoint/rate_gate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::cisco_secure_endpoint::test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(EndpointWire, TheZonesPlusIsEncodedAndPagesAreBounded) {
  const HttpRequest first = events_request(kApi, {.from = kStart, .limit = 9000});
  EXPECT_EQ(first.url, kApi + "/v1/events?start_date=2026-09-21T14%3A13%3A20%2B00%3A00&limit=500");
  const HttpRequest later = events_request(
      kApi, {.from = kStart, .offset = 490, .limit = 500, .event_type = "1090519054"});
  EXPECT_THAT(later.url, HasSubstr("&offset=490"));
  EXPECT_THAT(later.url, HasSubstr("&event_type%5B%5D=1090519054"));
  const HttpRequest audit =
      audit_request(kApi, {.from = kStart, .to = kStart + seconds{60}, .offset = 0});
  EXPECT_THAT(audit.url, HasSubstr("start_time=2026-09-21T14%3A13%3A20%2B00%3A00&end_time="));
  EXPECT_THAT(audit.url, Not(HasSubstr("offset")));
}

TEST(EndpointWire, TheKeyIsSentAsBasicAuthentication) {
  EXPECT_EQ(basic_authorization({kApi, "Aladdin", Secret{"open sesame"}}),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

TEST(EndpointWire, ARefusalIsReadWithItsDetails) {
  const ApiError error = read_error(
      answer(401, error_body(401, "Unauthorized", "Unknown API key or Client ID"), kStart));
  EXPECT_TRUE(error.readable);
  EXPECT_EQ(error.description, "Unauthorized");
  EXPECT_EQ(error.details, "Unknown API key or Client ID");
  const Failure failure = to_failure(row_of(401), error, "events");
  EXPECT_THAT(failure.cause, HasSubstr("HTTP 401): Unauthorized: Unknown API key or Client ID"));
  EXPECT_EQ(failure.verdict, Verdict::stop);
  const ApiError odd = read_error(answer(502, "<html>\nbad gateway\x01</html>", kStart));
  EXPECT_FALSE(odd.readable);
  EXPECT_THAT(odd.description, HasSubstr("bad gateway"));
  EXPECT_EQ(row_of(302).fate, Fate::refused);
  EXPECT_EQ(row_of(418).fate, Fate::retry);
}

TEST(EndpointWire, LinksAndTotalsAreRead) {
  const PageFacts facts =
      read_page_facts(R"({"links":{"self":"a","next":"https://h/?a=1\u0026b=2"},)"
                      R"("results":{"total":1372}})");
  EXPECT_EQ(facts.total, 1372U);
  EXPECT_EQ(facts.next, "https://h/?a=1&b=2");
  EXPECT_FALSE(read_page_facts(R"({"links":{"next":null}})").next);
  EXPECT_EQ(read_page_facts(R"({"results":{"total":-1}})").total, 0U);
}

TEST(EndpointWire, BothSpellingsOfTheBudgetAreRead) {
  for (const std::string prefix : {"X-RateLimit-", "x-rate-limit-"}) {
    HttpResponse response = answer(200, "", kStart);
    response.headers.push_back({prefix + "Limit", "3000"});
    response.headers.push_back({prefix + "Remaining", " 17 "});
    response.headers.push_back({prefix + "Reset", "99999999999"});
    const RateFacts facts = read_rate(response);
    EXPECT_EQ(facts.limit, 3000U);
    EXPECT_EQ(facts.remaining, 17U);
    EXPECT_EQ(facts.reset, std::chrono::hours{2});
  }
  HttpResponse junk = answer(200, "", kStart);
  junk.headers.push_back({"X-RateLimit-Remaining", "many"});
  EXPECT_FALSE(read_rate(junk).remaining);
}

TEST(EndpointWire, TypesAreReadByNumber) {
  const auto types = read_event_types(
      answer(200, R"({"data":[{"id":1003,"name":"a"},{"id":"x"},{"id":4294967297}]})", kStart));
  ASSERT_TRUE(types);
  EXPECT_THAT(*types, ElementsAre("1003", "4294967297"));
  EXPECT_FALSE(read_event_types(answer(200, R"({"data":[]})", kStart)));
  EXPECT_FALSE(read_event_types(answer(200, "no", kStart)));
}

TEST(EndpointClouds, EachHasItsHost) {
  EXPECT_EQ(find_cloud("us")->api_url, "https://api.amp.cisco.com");
  EXPECT_EQ(find_cloud("EU")->api_url, "https://api.eu.amp.cisco.com");
  EXPECT_EQ(find_cloud("apjc")->api_url, "https://api.apjc.amp.cisco.com");
  EXPECT_EQ(find_cloud("mars"), nullptr);
  EXPECT_EQ(cloud_of_url("https://API.eu.amp.cisco.com:443/"), find_cloud("eu"));
  EXPECT_EQ(identity_host("http://127.0.0.1:8080"), "127.0.0.1");
  EXPECT_EQ(identity_host("https://[::1]:8080"), "::1");
}

TEST(EndpointClouds, OnlyLinksToTheSameOriginAreOurs) {
  EXPECT_FALSE(link_refused(kApi, "https://API.EU.amp.cisco.com:443/v1/events?offset=500"));
  for (const std::string link :
       {"https://api.eu.amp.cisco.com@example.net/", "https://example.net/", "/v1/events",
        "http://api.eu.amp.cisco.com/", "https://api.eu.amp.cisco.com.example.net/", ""}) {
    EXPECT_TRUE(link_refused(kApi, link)) << link;
  }
  EXPECT_TRUE(link_refused(kApi, kApi + "/" + std::string(9000, 'a')));
}

TEST(EndpointGate, TheWaitIsTheVendors) {
  SeededRandom random(1);
  RateFacts reset;
  reset.reset = minutes{20};
  RateFacts left;
  left.limit = 3000;
  left.remaining = 31;
  RateGate gate;
  gate.throttled(reset, std::nullopt, kStart, random);
  EXPECT_GE(gate.until(), kStart + minutes{20} + seconds{1});
  EXPECT_LE(gate.until(), kStart + minutes{20} + seconds{5});
  RateGate asked;
  asked.throttled(reset, seconds{30}, kStart, random);
  EXPECT_EQ(asked.until(), kStart + seconds{30});
  RateGate silent;
  silent.throttled({}, std::nullopt, kStart, random);
  EXPECT_GE(silent.until(), kStart + seconds{60});
  RateGate low;
  EXPECT_FALSE(low.noted(left, kStart, random));
  left.remaining = 30;
  left.reset = minutes{5};
  EXPECT_TRUE(low.noted(left, kStart, random));
  EXPECT_FALSE(low.open(kStart + minutes{5}));
  EXPECT_EQ(RateGate{}.spacing(1500), std::chrono::hours{1});
}

}  // namespace
}  // namespace cistern::connectors::cisco_secure_endpoint::test
