// Hosts, requests, and what refusals mean.
#include "connectors/cisco_duo/wire.hpp"

#include "connectors/cisco_duo/error_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::cisco_duo {
namespace {

using testing::HasSubstr;

TEST(DuoWire, HostsAreTakenAsPeoplePasteThem) {
  constexpr std::string_view kOrigin = "https://api-1a2b3c4d.duosecurity.com";
  for (const char* host :
       {"api-1a2b3c4d.duosecurity.com", "API-1A2B3C4D.DuoSecurity.com",
        "https://api-1a2b3c4d.duosecurity.com/", "https://api-1a2b3c4d.duosecurity.com:443"}) {
    const auto origin = normal_origin(host);
    ASSERT_TRUE(origin) << host;
    EXPECT_EQ(*origin, kOrigin) << host;
  }
  EXPECT_EQ(normal_origin("http://127.0.0.1:8080").value(), "http://127.0.0.1:8080");
}

TEST(DuoWire, OtherHostsAreRefusedWithTheirCure) {
  for (const char* host :
       {"", "api 1", "http://api-1a2b3c4d.duosecurity.com", "api-1a2b3c4d.duosecurity.com/admin",
        "http://127.0.0.1.example.org", "admin-1a2b3c4d.duosecurity.com"}) {
    const auto origin = normal_origin(host);
    ASSERT_FALSE(origin) << host;
    EXPECT_EQ(origin.error().code, "cisco_duo/host");
    EXPECT_THAT(origin.error().next_step, HasSubstr("API hostname"));
  }
}

TEST(DuoWire, EachLogIsAskedInItsOwnForm) {
  const Api api{.origin = "https://h", .account_id = {}};
  const PageQuery query{.from = TimePoint{std::chrono::milliseconds{1'700'000'000'999}},
                        .to = TimePoint{std::chrono::milliseconds{1'700'000'100'000}},
                        .token = "17"};
  EXPECT_EQ(page_request(api, *find_log_stream("telephony"), query).url,
            "https://h/admin/v2/logs/telephony?limit=1000&maxtime=1700000100000&mintime="
            "1700000000999&next_offset=17&sort=ts%3Aasc");
  EXPECT_EQ(page_request(api, *find_log_stream("trust_monitor"), query).url,
            "https://h/admin/v1/trust_monitor/events?limit=200&maxtime=1700000100000&mintime="
            "1700000000999&offset=17");
  PageQuery first = query;
  first.token.clear();
  EXPECT_EQ(page_request(api, *find_log_stream("offline_enrollment"), first).url,
            "https://h/admin/v1/logs/offline_enrollment?mintime=1700000000");
}

Refusal refusal(int status, std::string_view body) {
  return read_refusal(status, body);
}

TEST(DuoWire, RefusalsAreReadInTheVendorsFormAndInAnyOther) {
  const Refusal full = refusal(
      400,
      R"({"stat":"FAIL","code":40002,"message":"Invalid request parameters","message_detail":"'maxtime' must be strictly greater than 'mintime'"})");
  EXPECT_EQ(full.code, 40002);
  EXPECT_EQ(full.message,
            "Invalid request parameters: 'maxtime' must be strictly greater than 'mintime'");
  EXPECT_THAT(refusal(502, "<html>Bad gateway").message, HasSubstr("<html>"));
  EXPECT_EQ(refusal(503, "").message, "no body");
}

Fate fate(int status, int code, std::string_view message = "", bool with_token = false) {
  return row_of({.status = status, .code = code, .message = std::string{message}, .detail = {}},
                with_token)
      .fate;
}

TEST(DuoWire, TheErrorTable) {
  EXPECT_EQ(fate(400, 40002, "'maxtime' must be strictly greater than 'mintime'"), Fate::window);
  EXPECT_EQ(fate(400, 40002, "maximum range is 180 days"), Fate::window);
  EXPECT_EQ(fate(400, 40002, "Invalid next_offset", true), Fate::token);
  EXPECT_EQ(fate(400, 40002, "limit must be at most 100"), Fate::limit);
  EXPECT_EQ(fate(400, 40001, "Missing account"), Fate::request);
  EXPECT_EQ(fate(401, 40101), Fate::refused);
  EXPECT_EQ(fate(401, 40102), Fate::refused);
  EXPECT_EQ(fate(401, 40103), Fate::signature);
  EXPECT_EQ(fate(401, 40104), Fate::refused);
  EXPECT_EQ(fate(401, 40105), Fate::clock);
  EXPECT_EQ(fate(403, 40301), Fate::denied);
  EXPECT_EQ(fate(404, 40401), Fate::unavailable);
  EXPECT_EQ(fate(405, 40501), Fate::request);
  EXPECT_EQ(fate(429, 42901), Fate::throttled);
  EXPECT_EQ(fate(429, 0), Fate::throttled);
  EXPECT_EQ(fate(500, 50001), Fate::retry);
  EXPECT_EQ(fate(502, 0), Fate::retry);
  EXPECT_EQ(fate(302, 0), Fate::retry);
}

TEST(DuoWire, ASuccessThatSaysFailIsJudgedByItsCode) {
  EXPECT_EQ(fate(200, 40301), Fate::denied);
  EXPECT_EQ(fate(200, 42901), Fate::throttled);
  EXPECT_EQ(fate(200, 0), Fate::retry);
}

TEST(DuoWire, FailuresNameLogCodeAndCure) {
  const Refusal denied{.status = 403, .code = 40301, .message = "Access forbidden", .detail = {}};
  const Failure failure = to_failure(row_of(denied, false), denied, "telephony");
  EXPECT_EQ(failure.code, "cisco_duo/access-denied");
  EXPECT_THAT(failure.cause, HasSubstr("telephony"));
  EXPECT_THAT(failure.cause, HasSubstr("40301"));
  EXPECT_THAT(failure.next_step, HasSubstr("Grant read log"));
  EXPECT_THAT(failure.next_step, HasSubstr("Networks for API access"));
}

}  // namespace
}  // namespace cistern::connectors::cisco_duo
