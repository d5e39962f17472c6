// What each trouble of the vendor's does, and what the user reads.
#include "connectors/cisco_secure_endpoint/machine_bench.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::cisco_secure_endpoint::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;

void add_events(FakeVendor& vendor, std::size_t count, Duration between,
                std::string_view type = "1090519054", std::uint64_t first_id = 1000) {
  for (std::size_t i = 0; i < count; ++i) {
    const TimePoint time = kStart - seconds{5} - between * static_cast<int>(i);
    vendor.add(
        {.json = event_json(first_id + i, time, type), .time = time, .type = std::string{type}});
  }
}

/// Answers of this kind for as long as the test says so.
void always(Bench& bench, int status, std::string details, std::vector<HttpHeader> headers = {},
            std::string part = "/v1/") {
  bench.vendor.fault = [=](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (request.url.find(part) == std::string::npos) return std::nullopt;
    HttpResponse out = answer(status, error_body(status, "Refused", details), now);
    out.headers.insert(out.headers.end(), headers.begin(), headers.end());
    return out;
  };
}

TEST(EndpointTrouble, AWrongKeyIsSaidAndCheckedEveryFifteenMinutes) {
  Bench bench(bench_options());
  always(bench, 401, "Unknown API key or Client ID");
  bench.start();
  bench.run(hours{1});
  ASSERT_TRUE(bench.reported(Report::Kind::refused, "cisco_secure_endpoint/login-refused"));
  EXPECT_THAT(bench.reports.front().failure.cause, HasSubstr("Unknown API key or Client ID"));
  EXPECT_THAT(bench.reports.front().failure.next_step, HasSubstr("`cloud`"));
  EXPECT_LE(bench.vendor.requests.size(), 5U);
  bench.vendor.fault = nullptr;
  add_events(bench.vendor, 3, seconds{1});
  bench.run(minutes{20});
  EXPECT_EQ(bench.stored(), 3U);
  EXPECT_EQ(bench.reports.back().kind, Report::Kind::working);
}

TEST(EndpointTrouble, AKeyThatIsRevokedInTheMiddleOfAWalkLosesNothing) {
  Bench bench(bench_options());
  add_events(bench.vendor, 200, seconds{30});
  bench.start();
  while (bench.stored() < 60)
    bench.turn();
  always(bench, 401, "Unknown API key or Client ID");
  bench.run(hours{1});
  bench.vendor.fault = nullptr;
  bench.run(hours{1});
  EXPECT_EQ(bench.stored(), 200U);
}

TEST(EndpointTrouble, AMissingScopeForOneStreamLeavesTheOtherAlone) {
  MachineOptions options = bench_options();
  options.audit = true;
  Bench bench(options);
  always(bench, 403, "scope", {}, "/v1/audit_logs");
  add_events(bench.vendor, 40, seconds{30});
  bench.start();
  bench.run(hours{1});
  EXPECT_EQ(bench.stored(), 40U);
  EXPECT_LE(bench.vendor.count("/v1/audit_logs"), 5U);
  const auto denied = std::find_if(bench.reports.begin(), bench.reports.end(),
                                   [](const Report& r) { return r.kind == Report::Kind::denied; });
  ASSERT_NE(denied, bench.reports.end());
  EXPECT_EQ(denied->stream, "audit");
}

TEST(EndpointTrouble, ABadRequestIsNotRepeatedUnchanged) {
  Bench bench(bench_options());
  always(bench, 400, "start_date is unknown", {}, "/v1/events");
  bench.start();
  bench.run(hours{1});
  EXPECT_LE(bench.vendor.count("/v1/events"), 5U);
  ASSERT_TRUE(bench.reported(Report::Kind::stopped, "cisco_secure_endpoint/request-refused"));
}

TEST(EndpointTrouble, ThrottlingWaitsAsTheHeaderOfEitherSpellingSays) {
  for (const std::string name : {"X-Rate-Limit-Reset", "x-ratelimit-reset", "Retry-After"}) {
    SCOPED_TRACE(name);
    Bench bench(bench_options());
    add_events(bench.vendor, 100, seconds{30});
    bench.start();
    while (bench.stored() < 40)
      bench.turn();
    always(bench, 429, "budget", {{name, "1200"}});
    const std::size_t before = bench.vendor.requests.size();
    bench.run(minutes{19});
    EXPECT_EQ(bench.vendor.requests.size(), before + 1);
    ASSERT_TRUE(bench.reported(Report::Kind::throttled, "cisco_secure_endpoint/throttled"));
    bench.vendor.fault = nullptr;
    bench.run(minutes{10});
    EXPECT_EQ(bench.stored(), 100U);
  }
}

TEST(EndpointTrouble, ThrottlingWithoutAnyHeaderBacksOffUpToFifteenMinutes) {
  Bench bench(bench_options());
  always(bench, 429, "budget");
  bench.start();
  bench.run(hours{6});
  EXPECT_GE(bench.vendor.requests.size(), 24U);
  EXPECT_LE(bench.vendor.requests.size(), 60U);
}

TEST(EndpointTrouble, TheLastHundredthOfTheBudgetIsLeftToOthers) {
  for (const std::string prefix : {"X-RateLimit-", "X-Rate-Limit-"}) {
    SCOPED_TRACE(prefix);
    Bench bench(bench_options());
    add_events(bench.vendor, 400, seconds{30});
    bench.vendor.budget = 40;
    bench.vendor.headers = {
        {prefix + "Limit", "3000"}, {prefix + "Remaining", "$"}, {prefix + "Reset", "1800"}};
    bench.start();
    bench.run(minutes{29});
    EXPECT_EQ(bench.vendor.budget, 30U);
    EXPECT_LT(bench.stored(), 400U);
    EXPECT_TRUE(bench.reported(Report::Kind::throttled, "cisco_secure_endpoint/budget-low"));
    bench.vendor.budget = 3000;
    bench.run(minutes{10});
    EXPECT_EQ(bench.stored(), 400U);
  }
}

TEST(EndpointTrouble, RepeatedReadingUsesAtMostHalfOfTheBudget) {
  MachineOptions options = bench_options();
  options.backfill = hours{1};
  Bench bench(options);
  // An hour of overlap is a hundred pages, which each minute would be 6,000 requests an hour.
  for (int i = -1500; i < 4500; ++i) {
    const TimePoint time = kStart + std::chrono::milliseconds{2400} * i;
    bench.vendor.add({.json = event_json(10'000 + static_cast<std::uint64_t>(i), time),
                      .time = time,
                      .visible = time});
  }
  bench.vendor.headers = {{"X-RateLimit-Limit", "300"}};
  bench.start();
  bench.run(hours{1});
  const std::size_t first = bench.vendor.requests.size();
  bench.run(hours{2});
  EXPECT_LE(bench.vendor.requests.size() - first, 420U);
  EXPECT_GE(bench.vendor.requests.size() - first, 150U);
}

TEST(EndpointTrouble, OutagesAreRepeatedWithGrowingDelays) {
  Bench bench(bench_options());
  always(bench, 502, "gateway", {}, "/v1/events");
  bench.start();
  bench.run(hours{1});
  EXPECT_GE(bench.vendor.count("/v1/events"), 12U);
  EXPECT_LE(bench.vendor.count("/v1/events"), 40U);
  EXPECT_TRUE(bench.reported(Report::Kind::retrying, "cisco_secure_endpoint/vendor-unavailable"));
  bench.vendor.fault = nullptr;
  bench.run(minutes{10});
  EXPECT_EQ(bench.reports.back().kind, Report::Kind::working);
}

TEST(EndpointTrouble, APortalsPageIsNoEmptyPage) {
  Bench bench(bench_options());
  add_events(bench.vendor, 60, seconds{30});
  bench.vendor.fault = [](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (request.url.find("/v1/events") == std::string::npos) return std::nullopt;
    return answer(200, "<html>Please accept our terms</html>", now);
  };
  bench.start();
  bench.run(minutes{10});
  EXPECT_FALSE(bench.through("events"));
  EXPECT_TRUE(bench.reported(Report::Kind::retrying, "cisco_secure_endpoint/unreadable-page"));
  bench.vendor.fault = nullptr;
  bench.run(minutes{10});
  EXPECT_EQ(bench.stored(), 60U);
}

TEST(EndpointTrouble, ANextLinkToAnotherHostIsRefused) {
  for (const std::string host :
       {"https://api.eu.amp.cisco.com.example.net", "http://api.eu.amp.cisco.com",
        "https://api.amp.cisco.com", "https://api.eu.amp.cisco.com:8443", "file://x"}) {
    SCOPED_TRACE(host);
    Bench bench(bench_options());
    add_events(bench.vendor, 60, seconds{30});
    bench.vendor.next_host = host;
    bench.start();
    bench.run(minutes{10});
    EXPECT_TRUE(bench.reported(Report::Kind::stopped, "cisco_secure_endpoint/foreign-link"));
    EXPECT_EQ(bench.stored(), 0U);
    EXPECT_FALSE(bench.through("events"));
    EXPECT_THAT(bench.vendor.broken_rules, IsEmpty());
    bench.vendor.next_host.reset();
    bench.run(minutes{20});
    EXPECT_EQ(bench.stored(), 60U);
  }
}

TEST(EndpointTrouble, AVendorThatIgnoresTheOffsetDoesNotHoldUsForEver) {
  Bench bench(bench_options());
  add_events(bench.vendor, 60, seconds{30});
  bench.vendor.fault = [&bench](const HttpRequest& request,
                                TimePoint now) -> std::optional<Answer> {
    const std::size_t at = request.url.find("&offset=");
    if (at == std::string::npos) return std::nullopt;
    HttpRequest first = request;
    first.url = request.url.substr(0, at);
    return bench.vendor.handle(first, now);
  };
  bench.start();
  bench.run(minutes{30});
  EXPECT_TRUE(bench.reported(Report::Kind::retrying, "cisco_secure_endpoint/pages-torn"));
  EXPECT_FALSE(bench.through("events"));
  EXPECT_LE(bench.vendor.requests.size(), 1500U);
}

TEST(EndpointTrouble, DeepPagesThatAreRefusedAreReachedByType) {
  Bench bench(bench_options());
  bench.vendor.deepest = 100;
  add_events(bench.vendor, 100, seconds{30}, "1090519054", 1000);
  add_events(bench.vendor, 100, seconds{31}, "553648143", 5000);
  bench.start();
  bench.run(minutes{10});
  EXPECT_EQ(bench.stored(), 200U);
  EXPECT_TRUE(bench.through("events"));
  EXPECT_TRUE(bench.reported(Report::Kind::notice, "cisco_secure_endpoint/pages-end"));
  EXPECT_FALSE(bench.reported(Report::Kind::lost));
}

TEST(EndpointTrouble, WhatNoTypeReachesIsANamedGap) {
  Bench bench(bench_options());
  bench.vendor.deepest = 100;
  add_events(bench.vendor, 300, seconds{60});
  bench.start();
  bench.run(minutes{10});
  ASSERT_TRUE(bench.reported(Report::Kind::lost, "cisco_secure_endpoint/out-of-reach"));
  const auto lost = bench.store.rows("window", CoverageState::lost);
  ASSERT_EQ(lost.size(), 1U);
  EXPECT_THAT(lost[0].reason, HasSubstr("1090519054"));
  EXPECT_TRUE(bench.through("events"));
  const auto whole = bench.store.rows("window", CoverageState::whole);
  ASSERT_FALSE(whole.empty());
  EXPECT_EQ(whole[0].from, lost[0].from);
  EXPECT_LT(lost[0].to, whole[0].to);
}

TEST(EndpointTrouble, DeepPagesOfTheAuditLogAreReachedByEarlierEnds) {
  MachineOptions options = bench_options();
  options.events = false;
  options.audit = true;
  Bench bench(options);
  bench.vendor.deepest = 60;
  for (std::size_t i = 0; i < 400; ++i) {
    const TimePoint time = kStart - minutes{2} - seconds{30 * i};
    bench.vendor.audit.push_back({.json = audit_json(time, "update", "n"), .time = time});
    if (i % 7 == 0)
      bench.vendor.audit.push_back({.json = audit_json(time, "update", "n"), .time = time});
  }
  bench.start();
  bench.run(minutes{10});
  EXPECT_EQ(bench.stored(), bench.vendor.audit.size());
  EXPECT_FALSE(bench.reported(Report::Kind::lost));
}

TEST(EndpointTrouble, APageThatIsTooLargeIsHalved) {
  Bench bench(bench_options());
  add_events(bench.vendor, 100, seconds{30});
  bench.vendor.fault = [](const HttpRequest& request, TimePoint) -> std::optional<Answer> {
    if (request.url.find("limit=25") == std::string::npos) return std::nullopt;
    return fail_stop("net/too-large", "the body is too large", "");
  };
  bench.start();
  bench.run(minutes{10});
  EXPECT_EQ(bench.stored(), 100U);
}

TEST(EndpointTrouble, OneDamagedElementTakesNobodyWithIt) {
  Bench bench(bench_options());
  add_events(bench.vendor, 10, seconds{30});
  bench.vendor.events[4].json = R"({"id":01,"x":tru})";
  bench.vendor.events[6].json = "{\"id\":7,\"name\":\"\xff\"}";
  bench.vendor.events[7].json = "17";
  bench.start();
  bench.run(minutes{10});
  EXPECT_EQ(bench.stored(), 10U);
  EXPECT_TRUE(bench.through("events"));
  EXPECT_GE(bench.store.problems.size(), 3U);
}

TEST(EndpointTrouble, AMissingDateLeavesOurClock) {
  Bench bench(bench_options());
  add_events(bench.vendor, 10, seconds{30});
  bool inside = false;
  bench.vendor.fault = [&](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (inside) return std::nullopt;
    inside = true;
    Answer out = bench.vendor.handle(request, now);
    inside = false;
    std::erase_if(out->headers, [](const HttpHeader& header) { return header.name == "Date"; });
    return out;
  };
  bench.start();
  bench.run(minutes{5});
  EXPECT_EQ(bench.stored(), 10U);
}

}  // namespace
}  // namespace cistern::connectors::cisco_secure_endpoint::test
