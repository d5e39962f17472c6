// What the machine claims to have read, and that nothing makes it claim or repeat too much.
#include "connectors/crowdstrike_falcon/feed.hpp"
#include "connectors/crowdstrike_falcon/machine_bench.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::crowdstrike_falcon::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::NotNull;
using testing::SizeIs;

const TimePoint kBegin{seconds{1'790'000'000}};
constexpr std::string_view kOther = "ffffffffffffffffffffffffffffffff";

FakeVendor one_partition(std::vector<std::uint64_t> offsets) {
  FakeVendor vendor;
  vendor.feeds = {{.feed = "0", .partition = "0"}};
  for (const std::uint64_t offset : offsets)
    vendor.feeds[0].add(offset, kBegin - hours{1} + seconds{static_cast<long>(offset % 3000)});
  return vendor;
}

TimePoint claimed(const Bench& bench) {
  TimePoint latest{};
  for (const Coverage& window : bench.rows(CoverageState::whole, "window"))
    latest = std::max(latest, window.to);
  return latest;
}

TEST(FalconProof, AKeepAliveBehindWhichMoreWaitsClaimsNothing) {
  FakeVendor vendor = one_partition({1, 2});
  Bench bench(vendor);
  bench.behind = true;
  bench.run(minutes{30});
  EXPECT_LE(claimed(bench), kBegin - hours{1} + seconds{2});
  bench.behind = false;
  bench.run(minutes{5});
  EXPECT_GE(claimed(bench), bench.now - minutes{3});
}

TEST(FalconProof, ACreationTimeOfACenturyToComeMovesNoClaimAndNoPlace) {
  FakeVendor vendor = one_partition({1});
  vendor.keep_alive = hours{100};
  vendor.feeds[0].events.push_back({2, kBegin, event_line(2, kBegin + hours{24 * 36500})});
  Bench bench(vendor);
  bench.run(minutes{10});
  EXPECT_THAT(bench.offsets("0"), ElementsAre(1, 2));
  EXPECT_LE(claimed(bench), kBegin - hours{1} + seconds{2});
  // The vendor counts anew: still seen, because the newest event is not of that century.
  vendor.feeds[0].events.clear();
  vendor.feeds[0].add(2, bench.now + minutes{1});
  bench.cut_all();
  bench.run(minutes{10});
  EXPECT_TRUE(bench.told(Report::Kind::notice, "crowdstrike_falcon/renumbered"));
  EXPECT_THAT(bench.offsets("0"), ElementsAre(1, 2, 2));
}

TEST(FalconProof, AnotherCustomersHigherPlaceHidesNoEvent) {
  FakeVendor vendor = one_partition({100000, 100001});
  Bench bench(vendor);
  bench.run(minutes{1});
  bench.restart(true);
  vendor.feeds[0].events = {{7, kBegin, event_line(7, kBegin, "X", kOther)}};
  bench.run(minutes{2});
  EXPECT_TRUE(bench.told(Report::Kind::notice, "crowdstrike_falcon/other-customer"));
  EXPECT_THAT(bench.offsets("0"), ElementsAre(100000, 100001, 7));
}

TEST(FalconProof, NothingIsClaimedUntilTheCustomerIsKnown) {
  FakeVendor vendor = one_partition({1, 2});
  Bench bench(vendor);
  bench.run(minutes{10});
  bench.restart(true);
  vendor.feeds[0].events.clear();
  const TimePoint before = claimed(bench);
  bench.run(hours{1});
  EXPECT_EQ(claimed(bench), before);
}

TEST(FalconProof, ANewClientOfTheSameCustomerDoesNotReadTheWholeFeedAgain) {
  std::vector<std::uint64_t> offsets;
  for (std::uint64_t offset = 1; offset <= 500; ++offset)
    offsets.push_back(offset);
  FakeVendor vendor = one_partition(offsets);
  Bench bench(vendor);
  bench.run(minutes{1});
  bench.restart(true);
  vendor.feeds[0].add(501, bench.now);
  bench.run(minutes{2});
  EXPECT_THAT(bench.stored, SizeIs(501));
  std::uint64_t repeated = 0;
  for (const Coverage& row : bench.coverage) {
    if (row.reason == "read before") repeated += row.offered;
  }
  EXPECT_LE(repeated, 1U) << "the last one stored is asked for again, and nothing else";
}

TEST(FalconProof, APlaceThatCannotBeReadStopsInsteadOfBeginningAgain) {
  FakeVendor vendor = one_partition({1, 2});
  Bench bench(vendor);
  bench.run(minutes{1});
  bench.restart();
  for (auto& [key, value] : bench.position) {
    if (key.starts_with("cursor/")) value = "2 soon 0";
  }
  vendor.requests.clear();
  bench.run(minutes{10});
  EXPECT_TRUE(bench.told(Report::Kind::stopped, "crowdstrike_falcon/position"));
  EXPECT_THAT(vendor.requests, IsEmpty());
  EXPECT_THAT(bench.stored, SizeIs(2));
}

TEST(FalconProof, AllCommitsAreOfOneChainSoThatNoneIsMadeBehindAFailedOne) {
  FakeVendor vendor = one_partition({1});
  Bench bench(vendor);
  bench.run(minutes{5});
  EXPECT_GT(bench.commits, 1U);
  EXPECT_THAT(bench.chains, SizeIs(1));
  EXPECT_THAT(bench.chains, Each(NotNull()));
}

TEST(FalconProof, ARefreshThatFailsIsTriedAFewTimesAndNotEverFaster) {
  FakeVendor vendor = one_partition({});
  vendor.fault = [](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.url.find("/datafeed-actions/") == std::string::npos) return std::nullopt;
    return reply(503, "busy");
  };
  Bench bench(vendor);
  bench.run(minutes{31}, std::chrono::milliseconds{50});
  EXPECT_GE(vendor.count("datafeed-actions"), 3U);
  EXPECT_LE(vendor.count("datafeed-actions"), 12U);
  EXPECT_GE(vendor.tokens, 2U) << "then the session is over, and a new one is discovered";
}

TEST(FalconProof, AnEndedStreamIsNotOpenedAgainAtOnceWhateverTheOptionsSay) {
  SeededRandom random{1};
  Feed feed;
  EXPECT_GE(reconnect_delay(feed, Duration{0}, random), seconds{1});
  feed.short_lives = 6;
  EXPECT_GE(reconnect_delay(feed, Duration{0}, random), seconds{60});
}

}  // namespace
}  // namespace cistern::connectors::crowdstrike_falcon::test
