// What every refusal, fault and oddity of the vendor makes of the machine.
#include "connectors/crowdstrike_falcon/error_table.hpp"
#include "connectors/crowdstrike_falcon/machine_bench.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::crowdstrike_falcon::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const TimePoint kBegin{seconds{1'790'000'000}};

FakeVendor one_partition(std::vector<std::uint64_t> offsets) {
  FakeVendor vendor;
  vendor.feeds = {{.feed = "0", .partition = "0"}};
  for (const std::uint64_t offset : offsets)
    vendor.feeds[0].add(offset, kBegin - hours{1} + seconds{static_cast<long>(offset % 3000)});
  return vendor;
}

bool is_discovery(const HttpRequest& request) {
  return request.url.find("/datafeed/v2?") != std::string::npos;
}
bool is_stream(const HttpRequest& request) {
  return request.url.find("/datafeed/v1/") != std::string::npos;
}
bool is_refresh(const HttpRequest& request) {
  return request.url.find("/datafeed-actions/") != std::string::npos;
}

// ---- discovery ----

struct DiscoveryCase {
  const char* name;
  HttpResponse answer;
  Report::Kind kind;
  std::string_view code;
  Duration least_wait;
  Duration most_wait;
};

HttpResponse throttled(std::string_view header, std::string value) {
  HttpResponse out = refusal(429, 429, "too many");
  out.headers.push_back({std::string{header}, std::move(value)});
  return out;
}

TEST(FalconTrouble, EachAnswerToADiscoveryHasItsConsequence) {
  const std::int64_t epoch = unix_seconds(kBegin);
  const DiscoveryCase cases[] = {
      {"empty body", reply(200, ""), Report::Kind::retrying, "crowdstrike_falcon/empty-answer",
       seconds{1}, seconds{3}},
      {"no JSON", reply(200, "<html>"), Report::Kind::retrying,
       "crowdstrike_falcon/unreadable-answer", seconds{1}, seconds{3}},
      {"no resources", reply(200, R"({"meta":{}})"), Report::Kind::retrying,
       "crowdstrike_falcon/unreadable-answer", seconds{1}, seconds{3}},
      {"errors in a 200", refusal(200, 1, "odd"), Report::Kind::stopped,
       "crowdstrike_falcon/discovery-refused", minutes{5}, minutes{5} + seconds{2}},
      {"403 in a 200", refusal(200, 403, "no"), Report::Kind::denied,
       "crowdstrike_falcon/scope-missing", minutes{5}, minutes{5} + seconds{2}},
      {"403", refusal(403, 403, "access denied, authorization failed"), Report::Kind::denied,
       "crowdstrike_falcon/scope-missing", minutes{5}, minutes{5} + seconds{2}},
      {"400", refusal(400, 400, "appId"), Report::Kind::stopped,
       "crowdstrike_falcon/request-refused", minutes{5}, minutes{5} + seconds{2}},
      {"404", reply(404, "nope"), Report::Kind::stopped, "crowdstrike_falcon/not-found", minutes{5},
       minutes{5} + seconds{2}},
      {"redirect", reply(302, ""), Report::Kind::stopped, "crowdstrike_falcon/wrong-cloud",
       minutes{5}, minutes{5} + seconds{2}},
      {"429 until a moment", throttled("X-RateLimit-RetryAfter", std::to_string(epoch + 20)),
       Report::Kind::throttled, "crowdstrike_falcon/throttled", seconds{17}, seconds{21}},
      {"429 long ago", throttled("X-RateLimit-RetryAfter", std::to_string(epoch - 9000)),
       Report::Kind::throttled, "crowdstrike_falcon/throttled", seconds{1}, seconds{3}},
      {"429 for ever", throttled("X-RateLimit-RetryAfter", std::to_string(epoch + 90000)),
       Report::Kind::throttled, "crowdstrike_falcon/throttled", seconds{58}, seconds{62}},
      {"429 with Retry-After", throttled("Retry-After", "30"), Report::Kind::throttled,
       "crowdstrike_falcon/throttled", seconds{29}, seconds{32}},
      {"429 without", refusal(429, 429, "x"), Report::Kind::throttled,
       "crowdstrike_falcon/throttled", seconds{59}, seconds{62}},
      {"503", reply(503, "busy"), Report::Kind::retrying, "crowdstrike_falcon/vendor-unavailable",
       seconds{1}, seconds{4}},
  };
  for (const DiscoveryCase& one : cases) {
    SCOPED_TRACE(one.name);
    FakeVendor vendor = one_partition({1});
    int asked = 0;
    TimePoint second{};
    Bench bench(vendor);
    vendor.fault = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
      if (!is_discovery(request)) return std::nullopt;
      if (++asked == 1) return one.answer;
      if (second == TimePoint{}) second = bench.now;
      return std::nullopt;
    };
    bench.run(minutes{8});
    EXPECT_TRUE(bench.told(one.kind, one.code));
    EXPECT_GE(second - kBegin - seconds{1}, one.least_wait - seconds{1});
    EXPECT_LE(second - kBegin - seconds{1}, one.most_wait + seconds{1});
    EXPECT_THAT(bench.offsets("0"), ElementsAre(1)) << "it goes on by itself";
    for (const Report& report : bench.reports) {
      if (report.kind == Report::Kind::notice || report.kind == Report::Kind::working ||
          report.kind == Report::Kind::catching_up)
        continue;
      EXPECT_FALSE(report.failure.next_step.empty());
    }
  }
}

TEST(FalconTrouble, ARefusedAccessTokenIsRenewedOnce) {
  FakeVendor vendor = one_partition({1});
  int refused = 1;
  vendor.fault = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (is_discovery(request) && refused-- > 0) return refusal(401, 401, "bad token");
    return std::nullopt;
  };
  Bench bench(vendor);
  bench.run(seconds{20});
  EXPECT_EQ(bench.renewals, 1U);
  EXPECT_THAT(bench.offsets("0"), ElementsAre(1));

  refused = 3;
  Bench other(vendor);
  other.now = bench.now;
  bench.restart();
  other.run(minutes{12});
  EXPECT_TRUE(other.told(Report::Kind::refused, "crowdstrike_falcon/token-refused"));
  EXPECT_THAT(other.offsets("0"), ElementsAre(1));
}

TEST(FalconTrouble, ALoginThatIsRefusedIsAskedAgainEveryFiveMinutesAtMost) {
  FakeVendor vendor = one_partition({1});
  Bench bench(vendor);
  bench.discovery_fails = true;
  bench.next_discovery_fails =
      fail_stop("crowdstrike_falcon/secret-refused", "the secret is wrong", "create a new one");
  bench.run(minutes{9});
  EXPECT_TRUE(bench.told(Report::Kind::refused, "crowdstrike_falcon/secret-refused"));
  EXPECT_THAT(bench.reports, SizeIs(2));
  bench.discovery_fails = false;
  bench.run(minutes{6});
  EXPECT_THAT(bench.offsets("0"), ElementsAre(1));
}

TEST(FalconTrouble, ATakenAppIdIsWaitedForAndThenNamed) {
  FakeVendor vendor = one_partition({1});
  vendor.feeds[0].free_at = kBegin + minutes{40};
  Bench bench(vendor);
  bench.run(minutes{30});
  EXPECT_EQ(bench.reports.front().failure.code, "crowdstrike_falcon/no-streams");
  EXPECT_THAT(bench.reports.front().failure.cause, testing::Not(HasSubstr("in use")));
  EXPECT_THAT(bench.reports.back().failure.cause, HasSubstr("in use by another collector, or"));
  // 36 tries of 10 to 30 s, then every 5 minutes.
  EXPECT_GE(vendor.requests.size(), 36U);
  EXPECT_LE(vendor.requests.size(), 42U);
  bench.run(minutes{20});
  EXPECT_THAT(bench.offsets("0"), ElementsAre(1));
  EXPECT_EQ(vendor.count("appId=app1"), vendor.requests.size()) << "no label was invented";
}

TEST(FalconTrouble, TheFallbackLabelIsUsedOnlyWhenNamed) {
  FakeVendor vendor = one_partition({1});
  vendor.fault = [](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (is_discovery(request) && request.url.ends_with("appId=app1"))
      return reply(200, R"({"resources":[]})");
    return std::nullopt;
  };
  MachineOptions options = default_options();
  options.app_id_fallback = "app2";
  Bench bench(vendor, options);
  bench.run(minutes{25});
  EXPECT_TRUE(bench.told(Report::Kind::notice, "crowdstrike_falcon/app-id-fallback"));
  EXPECT_THAT(bench.offsets("0"), ElementsAre(1));
}

TEST(FalconTrouble, TheLoginsRegionIsFollowed) {
  FakeVendor vendor = one_partition({1});
  MachineOptions options = default_options();
  options.follow_region = true;
  options.api_url = "https://api.us-2.crowdstrike.com";
  Bench bench(vendor, options);
  bench.region_url = kApi;
  bench.run(seconds{20});
  EXPECT_THAT(bench.offsets("0"), ElementsAre(1));
  EXPECT_EQ(vendor.count("GET https://api.crowdstrike.com/sensors/entities/datafeed/v2"), 1U);
}

TEST(FalconTrouble, ASessionTokenGoesToNoForeignHost) {
  FakeVendor vendor = one_partition({1});
  vendor.fault = [](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (!is_discovery(request)) return std::nullopt;
    return reply(200, R"({"resources":[{"dataFeedURL":"https://evilcrowdstrike.com/sensors/)"
                      R"(entities/datafeed/v1/0?appId=a","sessionToken":{"token":"tooth"},)"
                      R"("refreshActiveSessionURL":"https://api.crowdstrike.com/sensors/entities/)"
                      R"(datafeed-actions/v1/0?appId=a","refreshActiveSessionInterval":1800}]})");
  };
  Bench bench(vendor);
  bench.run(minutes{2});
  EXPECT_EQ(vendor.count("evilcrowdstrike"), 0U);
  EXPECT_TRUE(bench.told(Report::Kind::stopped, "crowdstrike_falcon/foreign-stream"));
}

// ---- streams ----

TEST(FalconTrouble, EachRefusalToOpenAStreamHasItsConsequence) {
  struct Case {
    int status;
    Report::Kind kind;
    std::string_view code;
    Duration least;
    Duration most;
  };
  const Case cases[] = {
      {401, Report::Kind::retrying, "crowdstrike_falcon/session-ended", seconds{1}, seconds{5}},
      {404, Report::Kind::retrying, "crowdstrike_falcon/session-ended", seconds{1}, seconds{5}},
      {400, Report::Kind::retrying, "crowdstrike_falcon/stream-refused", seconds{1}, seconds{5}},
      {403, Report::Kind::denied, "crowdstrike_falcon/stream-denied", minutes{5},
       minutes{5} + seconds{3}},
      {429, Report::Kind::throttled, "crowdstrike_falcon/throttled", seconds{58}, seconds{64}},
      {500, Report::Kind::retrying, "crowdstrike_falcon/vendor-unavailable", seconds{1},
       seconds{5}},
      {301, Report::Kind::retrying, "crowdstrike_falcon/vendor-unavailable", seconds{1},
       seconds{5}},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.status);
    FakeVendor vendor = one_partition({1});
    Bench bench(vendor);
    std::vector<TimePoint> tries;
    vendor.fault = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
      if (!is_stream(request)) return std::nullopt;
      tries.push_back(bench.now);
      if (tries.size() == 1) return refusal(one.status, one.status, "no");
      return std::nullopt;
    };
    bench.run(minutes{8});
    ASSERT_GE(tries.size(), 2U);
    EXPECT_TRUE(bench.told(one.kind, one.code));
    EXPECT_GE(tries[1] - tries[0], one.least);
    EXPECT_LE(tries[1] - tries[0], one.most);
    EXPECT_THAT(bench.offsets("0"), ElementsAre(1));
    EXPECT_EQ(vendor.tokens, 2U) << "each opening has a session of its own";
  }
}

TEST(FalconTrouble, StreamsThatEndAtOnceAreReopenedEverMoreSlowly) {
  FakeVendor vendor = one_partition({1});
  vendor.session_cap = seconds{1};
  Bench bench(vendor);
  bench.run(hours{1});
  // Each connect writes two events into the stream: a loop would feed itself.
  EXPECT_LE(vendor.count("/datafeed/v1/0"), 80U);
  EXPECT_TRUE(bench.told(Report::Kind::retrying, "crowdstrike_falcon/short-streams"));
}

TEST(FalconTrouble, ABacklogIsReadOnWithoutGrowingDelaysHoweverOftenItsStreamsBreak) {
  FakeVendor vendor = one_partition({});
  for (std::uint64_t i = 0; i < 2000; ++i)
    vendor.feeds[0].add(i, kBegin + std::chrono::milliseconds{i * 100});
  Bench bench(vendor);
  for (int i = 0; i < 30; ++i) {
    bench.run(seconds{8});
    bench.cut_all();
  }
  EXPECT_THAT(bench.offsets("0"), SizeIs(2000));
  EXPECT_GE(vendor.count("/datafeed/v1/0"), 25U);
}

TEST(FalconTrouble, DuplicatesAfterAReconnectAreDroppedAndCounted) {
  FakeVendor vendor = one_partition({});
  for (std::uint64_t i = 1; i <= 20; ++i)
    vendor.feeds[0].add(i, kBegin - minutes{2});
  vendor.feeds[0].events.insert(vendor.feeds[0].events.begin() + 3, vendor.feeds[0].events[2]);
  Bench bench(vendor);
  bench.run(minutes{1});
  vendor.fault = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    // The vendor delivers again from an earlier place than it was asked for.
    if (is_stream(request)) vendor.fault = nullptr;
    return std::nullopt;
  };
  bench.cut_all();
  vendor.feeds[0].events[19].offset = 20;
  for (FakeEvent& event : vendor.feeds[0].events)
    event.offset = 20;  // Sent from the beginning on, whatever is asked for.
  bench.run(minutes{1});
  std::vector<std::uint64_t> all(20);
  for (std::size_t i = 0; i < 20; ++i)
    all[i] = i + 1;
  EXPECT_EQ(bench.offsets("0"), all);
  std::uint64_t repeated = 0;
  for (const Coverage& row : bench.rows(CoverageState::whole, "offsets")) {
    if (row.item == "0 repeated") repeated += row.offered;
  }
  EXPECT_EQ(repeated, 22U);
}

TEST(FalconTrouble, AnExpiredOffsetIsAnExactGap) {
  for (const int status : {400, 410}) {
    FakeVendor vendor = one_partition({10, 11, 12});
    vendor.expired_status = status;
    Bench bench(vendor);
    bench.run(minutes{1});
    bench.cut_all();
    vendor.feeds[0].add(20, kBegin + minutes{2});
    vendor.feeds[0].add(31, kBegin + minutes{3});
    vendor.feeds[0].retained_from = 20;
    bench.run(minutes{10});
    EXPECT_THAT(bench.offsets("0"), ElementsAre(10, 11, 12, 20, 31));
    const auto lost = bench.rows(CoverageState::lost, "offsets");
    ASSERT_THAT(lost, SizeIs(1));
    EXPECT_EQ(lost[0].item, "0:13-19");
    EXPECT_EQ(lost[0].from, kBegin - hours{1} + seconds{12});
    EXPECT_EQ(lost[0].to, kBegin + minutes{2});
    // It is told once, and the next reconnect asks for the offset again.
    bench.cut_all();
    bench.run(minutes{1});
    EXPECT_EQ(vendor.count("&offset=31"), 1U);
    EXPECT_THAT(bench.rows(CoverageState::lost, "offsets"), SizeIs(1));
  }
}

TEST(FalconTrouble, NothingIsCalledLostThatWasNot) {
  // The next number follows at once; or the vendor has the last event after all.
  for (const std::uint64_t retained : {13U, 12U, 3U}) {
    FakeVendor vendor = one_partition({3, 10, 11, 12});
    Bench bench(vendor);
    bench.run(minutes{1});
    bench.cut_all();
    vendor.feeds[0].add(retained == 13 ? 13 : 15, kBegin + minutes{2});
    vendor.feeds[0].retained_from = retained;
    vendor.fault = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
      if (is_stream(request) && request.url.find("&offset=12") != std::string::npos) {
        vendor.fault = nullptr;
        return refusal(410, 410, "offset");
      }
      return std::nullopt;
    };
    bench.run(minutes{5});
    EXPECT_THAT(bench.rows(CoverageState::lost, "offsets"), IsEmpty()) << retained;
    EXPECT_THAT(bench.offsets("0"), SizeIs(5));
  }
}

TEST(FalconTrouble, AFeedThatCountsAnewIsReadAnew) {
  FakeVendor vendor = one_partition({5000, 5001});
  Bench bench(vendor);
  bench.run(minutes{1});
  bench.cut_all();
  vendor.feeds[0].events.clear();
  vendor.feeds[0].add(0, kBegin - hours{5});  // Old, and read before under another number.
  for (std::uint64_t i = 1; i <= 3; ++i)
    vendor.feeds[0].add(i, bench.now + minutes{static_cast<long>(i)});
  for (FakeEvent& event : vendor.feeds[0].events)
    event.offset += 5001;  // The vendor sends them although a larger offset is asked for.
  bench.run(minutes{10});
  EXPECT_TRUE(bench.told(Report::Kind::notice, "crowdstrike_falcon/renumbered"));
  EXPECT_THAT(bench.offsets("0"), ElementsAre(2000 + 3000, 5001, 1, 2, 3));
  EXPECT_THAT(std::set<std::string>(bench.identities.begin(), bench.identities.end()), SizeIs(5));
}

// ---- refresh ----

TEST(FalconTrouble, ASessionThatIsGoneIsDiscoveredAnew) {
  FakeVendor vendor = one_partition({1});
  vendor.fault = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (!is_refresh(request)) return std::nullopt;
    vendor.fault = nullptr;
    return refusal(404, 404, "gone");
  };
  Bench bench(vendor);
  bench.run(minutes{40});
  EXPECT_EQ(vendor.tokens, 2U);
  EXPECT_THAT(bench.open, SizeIs(1));
  EXPECT_THAT(bench.offsets("0"), ElementsAre(1));
}

TEST(FalconTrouble, ARefreshThatFailsIsTriedAgainWhileTheSessionLives) {
  for (const int status : {400, 403, 429, 500}) {
    FakeVendor vendor = one_partition({1});
    vendor.session_cap = hours{100};
    int failures = 2;
    vendor.fault = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
      if (is_refresh(request) && failures-- > 0) return refusal(status, status, "no");
      return std::nullopt;
    };
    Bench bench(vendor);
    bench.run(hours{2});
    EXPECT_EQ(vendor.tokens, 1U) << status;
    failures = 1'000'000;
    bench.run(hours{1});
    EXPECT_GE(vendor.tokens, 2U) << "then it is given up";
    EXPECT_THAT(bench.open, SizeIs(1));
  }
}

TEST(FalconTrouble, ARefreshWithAnOldAccessTokenGetsANewOne) {
  FakeVendor vendor = one_partition({1});
  vendor.session_cap = hours{100};
  vendor.token_life = minutes{5};  // The bench does not renew such by itself.
  Bench bench(vendor);
  bench.run(hours{2});
  EXPECT_EQ(vendor.tokens, 1U);
  EXPECT_GE(bench.renewals, 3U);
}

// ---- partitions ----

TEST(FalconTrouble, APartitionThatComesOrGoesIsNoticed) {
  FakeVendor vendor = one_partition({1});
  vendor.feeds.push_back({.feed = "1a", .partition = "1"});
  vendor.feeds[1].add(7, kBegin);
  Bench bench(vendor);
  bench.run(minutes{1});
  vendor.feeds[1].free_at = kBegin + hours{1000};
  bench.cut(bench.open.back());
  vendor.feeds[1].free_at = kBegin + hours{1000};
  bench.run(minutes{30});
  EXPECT_TRUE(bench.told(Report::Kind::notice, "crowdstrike_falcon/partition-vanished"));
  vendor.feeds[1].free_at = kBegin;
  vendor.feeds[1].add(8, bench.now);
  vendor.feeds.push_back({.feed = "2a", .partition = "2"});
  vendor.feeds[2].add(1, kBegin);
  bench.restart();
  bench.run(minutes{5});
  EXPECT_THAT(bench.offsets("1a"), ElementsAre(7, 8));
  EXPECT_THAT(bench.offsets("2a"), ElementsAre(1));
}

TEST(FalconTrouble, APartitionThatIsStillHeldAfterARestartIsWaitedFor) {
  for (const bool configured : {false, true}) {
    FakeVendor vendor = one_partition({1});
    vendor.feeds.push_back({.feed = "1a", .partition = "1"});
    vendor.feeds[1].add(7, kBegin);
    MachineOptions options = default_options();
    if (configured) options.partitions = {"0", "1"};
    Bench bench(vendor, options);
    bench.run(minutes{1});
    bench.restart();
    const std::size_t claimed = bench.rows(CoverageState::whole, "window").size();
    vendor.feeds[1].free_at = bench.now + seconds{50};
    vendor.feeds[1].add(8, bench.now);
    bench.run(seconds{45});
    EXPECT_THAT(bench.rows(CoverageState::whole, "window"), SizeIs(claimed))
        << "nothing is complete while one is missing";
    EXPECT_TRUE(bench.told(Report::Kind::retrying, "crowdstrike_falcon/partition-missing"));
    bench.run(minutes{2});
    EXPECT_THAT(bench.offsets("1a"), ElementsAre(7, 8));
    EXPECT_GT(bench.rows(CoverageState::whole, "window").size(), claimed);
  }
}

TEST(FalconTrouble, WhateverADiscoveryOffersIsTaken) {
  FakeVendor vendor = one_partition({1});
  vendor.feeds.push_back({.feed = "1a", .partition = "1"});
  vendor.session_cap = hours{100};
  Bench bench(vendor);
  bench.run(minutes{1});
  vendor.release = seconds{9};
  bench.cut(bench.open.back());
  bench.run(seconds{5});
  EXPECT_TRUE(bench.told(Report::Kind::retrying, "crowdstrike_falcon/partition-missing"));
  // Free before its own next turn, which is 10 to 30 s away; the other one's end brings it along.
  vendor.release = seconds{0};
  bench.run(seconds{5});
  bench.cut(bench.open.front());
  bench.run(seconds{3});
  EXPECT_THAT(bench.open, SizeIs(2));
}

TEST(FalconTrouble, AnAppIdThatIsTakenByItsOtherPartitionIsFreed) {
  FakeVendor vendor = one_partition({1});
  vendor.feeds.push_back({.feed = "1a", .partition = "1"});
  vendor.app_lock = true;
  Bench bench(vendor);
  bench.run(minutes{1});
  ASSERT_THAT(bench.open, SizeIs(2));
  bench.cut(bench.open.back());
  bench.run(minutes{10});
  EXPECT_THAT(bench.open, SizeIs(2));
  EXPECT_TRUE(bench.told(Report::Kind::retrying, "crowdstrike_falcon/partition-missing"));
}

TEST(FalconTrouble, TwoPartitionsWithOneFeedIdHaveTwoPlaces) {
  FakeVendor vendor;
  vendor.fault = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (is_refresh(request) || is_stream(request)) return reply(200, "");
    std::string list;
    for (const char* partition : {"0", "1"}) {
      list += std::string{list.empty() ? "" : ","} +
              R"({"dataFeedURL":"https://firehose.crowdstrike.com/sensors/entities/datafeed/v1/)" +
              R"(x?appId=a","sessionToken":{"token":"t"},"refreshActiveSessionURL":")" +
              std::string{kApi} + "/sensors/entities/datafeed-actions/v1/" + partition +
              R"(?appId=a","refreshActiveSessionInterval":1800})";
    }
    return reply(200, R"({"resources":[)" + list + "]}");
  };
  Bench bench(vendor);
  bench.run(seconds{1});
  EXPECT_EQ(vendor.count("/datafeed/v1/x"), 2U);
  EXPECT_TRUE(bench.told(Report::Kind::notice, "crowdstrike_falcon/same-feed-twice"));
}

// ---- whose events ----

TEST(FalconTrouble, AnotherCustomersPositionIsNotUsed) {
  FakeVendor vendor = one_partition({100, 101});
  Bench bench(vendor);
  bench.run(minutes{1});
  bench.restart(true);
  vendor.feeds[0].events.clear();
  for (const std::uint64_t offset : {7U, 105U}) {
    vendor.feeds[0].events.push_back(
        {offset, kBegin, event_line(offset, kBegin, "X", "ffffffffffffffffffffffffffffffff")});
  }
  bench.run(minutes{2});
  EXPECT_TRUE(bench.told(Report::Kind::notice, "crowdstrike_falcon/other-customer"));
  EXPECT_THAT(bench.offsets("0"), ElementsAre(100, 101, 7, 105));
}

TEST(FalconTrouble, ANewApiClientOfTheSameCustomerGoesOn) {
  FakeVendor vendor = one_partition({100, 101});
  Bench bench(vendor);
  bench.run(minutes{1});
  bench.restart(true);
  vendor.feeds[0].add(102, bench.now);
  bench.run(minutes{2});
  EXPECT_THAT(bench.offsets("0"), ElementsAre(100, 101, 102));
  EXPECT_FALSE(bench.told(Report::Kind::notice, "crowdstrike_falcon/other-customer"));
  EXPECT_EQ(bench.position.at("client"), "client1x");
}

// ---- what is no event ----

TEST(FalconTrouble, WhatIsNoEventIsKeptOnceAlsoAcrossAReconnect) {
  FakeVendor vendor = one_partition({1, 2});
  auto& events = vendor.feeds[0].events;
  events.insert(events.begin() + 1, {1, kBegin - hours{1}, R"({"metadata":{"offset":12,)"});
  events.insert(events.begin() + 2, {1, kBegin - hours{1}, "12345"});
  events.insert(events.begin() + 3, {1, kBegin - hours{1}, "12345"});
  events.push_back({2, kBegin - hours{1}, "behind the last"});
  Bench bench(vendor);
  bench.run(minutes{1});
  EXPECT_THAT(bench.stored, SizeIs(6));
  for (int i = 0; i < 3; ++i) {
    bench.cut_all();
    bench.run(minutes{1});
  }
  bench.restart();
  bench.run(minutes{1});
  EXPECT_THAT(bench.stored, SizeIs(6));
  EXPECT_EQ(std::count_if(bench.problems.begin(), bench.problems.end(),
                          [](const std::string& problem) { return !problem.empty(); }),
            4);
}

TEST(FalconTrouble, AnEventOfTwentyMegabytesComesInPiecesAndOnce) {
  FakeVendor vendor = one_partition({1});
  std::string line = event_line(2, kBegin);
  line.insert(line.size() - 2, R"(,"Blob":")" + std::string(20U << 20, 'x') + "\"");
  vendor.feeds[0].events.push_back({2, kBegin, line});
  vendor.feeds[0].add(3, kBegin);
  Bench bench(vendor);
  bench.run(minutes{1});
  bench.cut_all();
  bench.run(minutes{1});
  std::string joined;
  for (std::size_t i = 0; i < bench.stored.size(); ++i) {
    if (!bench.problems[i].empty()) joined += bench.stored[i];
  }
  EXPECT_TRUE(joined == line);
  EXPECT_THAT(bench.stored, SizeIs(2 + 6));
}

// ---- this machine ----

TEST(FalconTrouble, AClockThatIsSetBackStopsNoRefresh) {
  FakeVendor vendor = one_partition({1});
  vendor.session_cap = hours{100};
  Bench bench(vendor);
  bench.run(minutes{5});
  // The vendor's clock is the bench's own: both go back, and the timers must not wait for it.
  const std::size_t before = vendor.count("datafeed-actions");
  bench.now -= hours{6};
  vendor.feeds[0].add(2, bench.now);
  bench.run(minutes{40});
  EXPECT_GT(vendor.count("datafeed-actions"), before);
}

TEST(FalconTrouble, AStoreThatTakesNothingEndsTheReading) {
  FakeVendor vendor = one_partition({1});
  Bench bench(vendor);
  bench.commits_fail_from = 1;
  bench.run(minutes{10});
  EXPECT_TRUE(bench.told(Report::Kind::stopped, "journal/failed"));
  EXPECT_THAT(bench.open, IsEmpty());
  EXPECT_THAT(bench.position, IsEmpty());
}

}  // namespace
}  // namespace cistern::connectors::crowdstrike_falcon::test
