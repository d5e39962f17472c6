// What a sound vendor makes of the machine: reading, resuming, refreshing.
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

FakeVendor two_partitions() {
  FakeVendor vendor;
  vendor.feeds = {{.feed = "0", .partition = "0"}, {.feed = "1a", .partition = "1"}};
  return vendor;
}

FakeVendor one_partition(std::vector<std::uint64_t> offsets) {
  FakeVendor vendor;
  vendor.feeds = {{.feed = "0", .partition = "0"}};
  for (const std::uint64_t offset : offsets)
    vendor.feeds[0].add(offset, kBegin - hours{1} + seconds{static_cast<long>(offset % 3000)});
  return vendor;
}

TEST(FalconMachine, ReadsEveryPartitionWithAPlaceOfItsOwn) {
  FakeVendor vendor = two_partitions();
  vendor.feeds[0].add(70689, kBegin - hours{1});
  vendor.feeds[0].add(70695, kBegin + seconds{30});
  vendor.feeds[1].add(0, kBegin - hours{2});
  vendor.feeds[1].add(18446744073709551614ULL, kBegin + seconds{40});
  Bench bench(vendor);
  bench.run(minutes{2});
  EXPECT_THAT(bench.offsets("0"), ElementsAre(70689, 70695));
  EXPECT_THAT(bench.offsets("1a"), ElementsAre(0, 18446744073709551614ULL));
  EXPECT_THAT(bench.metas, testing::Contains(R"({"feed":"1a","partition":"1"})"));
  EXPECT_THAT(bench.stored.front(), HasSubstr("18446744073709551615"));
  const std::string customer{kCustomer};
  EXPECT_THAT(bench.position.at("cursor/" + customer + "/0"), HasSubstr("70695 "));
  EXPECT_TRUE(bench.told(Report::Kind::working));
}

TEST(FalconMachine, GoesOnBehindTheLastStoredEventWhetherTheVendorCountsItInOrNot) {
  for (const bool inclusive : {true, false}) {
    FakeVendor vendor = one_partition({0, 5, 9});
    vendor.inclusive = inclusive;
    Bench bench(vendor);
    bench.run(minutes{1});
    bench.restart();
    vendor.feeds[0].add(12, bench.now + seconds{1});
    bench.run(minutes{1});
    EXPECT_THAT(bench.offsets("0"), ElementsAre(0, 5, 9, 12));
    EXPECT_EQ(vendor.count("&offset=9"), 1U);
    EXPECT_THAT(bench.rows(CoverageState::lost, "offsets"), IsEmpty());
  }
}

TEST(FalconMachine, OffsetZeroIsAPlaceAndNotNone) {
  FakeVendor vendor = one_partition({0});
  Bench bench(vendor);
  bench.run(minutes{1});
  bench.cut_all();
  bench.run(minutes{1});
  EXPECT_THAT(bench.offsets("0"), ElementsAre(0));
  EXPECT_EQ(vendor.count("&offset=0"), 1U);
}

TEST(FalconMachine, ThePlaceSurvivesAnotherAppId) {
  FakeVendor vendor = one_partition({1, 2, 3});
  Bench bench(vendor);
  bench.run(minutes{1});
  bench.restart();
  bench.options.app_id = "another";
  bench.run(minutes{1});
  EXPECT_THAT(bench.offsets("0"), ElementsAre(1, 2, 3));
  EXPECT_EQ(vendor.count("&offset=3"), 1U);
}

TEST(FalconMachine, StartsAsItWasTold) {
  const auto first_url = [](FirstStart start, std::uint64_t offset,
                            std::map<std::string, std::uint64_t, std::less<>> offsets) {
    FakeVendor vendor = one_partition({1, 2, 3});
    MachineOptions options = default_options();
    options.start = start;
    options.start_offset = offset;
    options.start_offsets = std::move(offsets);
    Bench bench(vendor, options);
    bench.run(seconds{20});
    for (const std::string& request : vendor.requests) {
      if (request.find("/datafeed/v1/") != std::string::npos) {
        return request.substr(request.find('?')) + " " + std::to_string(bench.stored.size());
      }
    }
    return std::string{};
  };
  EXPECT_EQ(first_url(FirstStart::oldest, 0, {}), "?appId=app1 3");
  EXPECT_EQ(first_url(FirstStart::now, 0, {}), "?appId=app1&whence=2 0");
  EXPECT_EQ(first_url(FirstStart::offset, 2, {}), "?appId=app1&offset=2 2");
  EXPECT_EQ(first_url(FirstStart::now, 0, {{"0", 3}}), "?appId=app1&offset=3 1");
  EXPECT_EQ(first_url(FirstStart::now, 0, {{"*", 2}}), "?appId=app1&offset=2 2");
}

TEST(FalconMachine, AQuietFeedThatBeganNowLosesNothingInAReconnect) {
  FakeVendor vendor = one_partition({1});
  vendor.feeds[0].events[0].line = event_line(1, kBegin - hours{30});
  MachineOptions options = default_options();
  options.start = FirstStart::now;
  options.reconnect_delay = seconds{60};
  Bench bench(vendor, options);
  bench.run(minutes{10});
  bench.cut_all();
  vendor.feeds[0].add(2, bench.now + seconds{10});  // While nobody reads.
  bench.run(minutes{10});
  EXPECT_THAT(bench.offsets("0"), ElementsAre(2));
  bench.restart();
  bench.run(minutes{5});
  EXPECT_THAT(bench.offsets("0"), ElementsAre(2));
}

TEST(FalconMachine, RefreshesEachPartitionByATimerAlsoWhenNothingComes) {
  FakeVendor vendor = two_partitions();
  vendor.keep_alive = hours{100};
  vendor.session_cap = hours{100};
  Bench bench(vendor);
  bench.run(hours{3}, seconds{10});
  EXPECT_EQ(vendor.tokens, 2U) << "a session died and was discovered anew";
  EXPECT_GE(vendor.count("datafeed-actions/v1/0?"), 6U);
  EXPECT_GE(vendor.count("datafeed-actions/v1/1?"), 6U);
  // 90 % of half an hour: not more often than needed.
  EXPECT_LE(vendor.count("datafeed-actions/v1/0?"), 7U);
}

TEST(FalconMachine, ShortIntervalsAreKeptToo) {
  FakeVendor vendor = one_partition({});
  vendor.refresh_interval = seconds{10};
  vendor.session_cap = hours{100};
  Bench bench(vendor);
  bench.run(minutes{10});
  EXPECT_EQ(vendor.tokens, 1U);
}

TEST(FalconMachine, DiscoversAnewAfterEveryEndAndNeverUsesASessionTwice) {
  FakeVendor vendor = one_partition({});
  vendor.session_cap = minutes{30};
  for (int i = 0; i < 300; ++i)
    vendor.feeds[0].add(static_cast<std::uint64_t>(i) * 3, kBegin + seconds{60 * i});
  Bench bench(vendor);
  bench.run(hours{5}, seconds{5});
  EXPECT_THAT(bench.stored, SizeIs(300));
  EXPECT_GE(vendor.tokens, 10U);
  EXPECT_EQ(vendor.count("/datafeed/v1/0"), vendor.tokens);
  EXPECT_FALSE(bench.told(Report::Kind::retrying)) << "an end in order is no news";
}

TEST(FalconMachine, CompleteThroughFollowsTheSlowestPartition) {
  FakeVendor vendor = two_partitions();
  vendor.feeds[0].add(1, kBegin - hours{1});
  Bench bench(vendor);
  bench.run(minutes{30});
  const auto windows = bench.rows(CoverageState::whole, "window");
  ASSERT_FALSE(windows.empty());
  EXPECT_GE(windows.back().to, bench.now - minutes{3});
  EXPECT_LE(windows.back().to, bench.now);
  EXPECT_EQ(windows.front().from, kBegin - hours{1});
  for (std::size_t i = 1; i < windows.size(); ++i)
    EXPECT_EQ(windows[i].from, windows[i - 1].to);
  // One partition is away: nothing more is claimed.
  vendor.feeds[1].free_at = bench.now + hours{2};
  bench.cut(bench.open.back());
  vendor.feeds[1].free_at = bench.now + hours{2};
  bench.run(minutes{3});
  const TimePoint claimed = bench.rows(CoverageState::whole, "window").back().to;
  bench.run(minutes{3});
  EXPECT_EQ(bench.rows(CoverageState::whole, "window").back().to, claimed);
}

TEST(FalconMachine, TheBacklogIsCompleteOnlyAsFarAsItWasRead) {
  FakeVendor vendor = one_partition({1});
  vendor.keep_alive = hours{100};
  Bench bench(vendor);
  bench.run(minutes{5});
  for (const Coverage& window : bench.rows(CoverageState::whole, "window"))
    EXPECT_LE(window.to, kBegin - hours{1} + seconds{1});
  EXPECT_TRUE(bench.told(Report::Kind::catching_up));
  EXPECT_FALSE(bench.told(Report::Kind::working));
}

TEST(FalconMachine, WhatAFilterLeavesOutIsCountedAndThePlaceMoves) {
  FakeVendor vendor = one_partition({});
  vendor.feeds[0].add(1, kBegin, "IncidentSummaryEvent");
  vendor.feeds[0].add(2, kBegin, "APIActivityAuditEvent");
  vendor.feeds[0].add(3, kBegin, "EPPDetectionSummaryEvent");
  vendor.feeds[0].add(4, kBegin, "APIActivityAuditEvent");
  MachineOptions options = default_options();
  options.filter = std::make_shared<EventFilter>(
      std::vector<std::string>{"IncidentSummaryEvent", "EppDetectionSummaryEvent"},
      std::vector<std::string>{});
  Bench bench(vendor, options);
  bench.run(minutes{1});
  EXPECT_THAT(bench.offsets("0"), ElementsAre(1, 3));
  std::uint64_t left_out = 0;
  for (const Coverage& row : bench.rows(CoverageState::whole, "offsets")) {
    if (row.item == "0 left out") left_out += row.offered;
  }
  EXPECT_EQ(left_out, 2U);
  EXPECT_TRUE(bench.told(Report::Kind::notice, "crowdstrike_falcon/left-out"));
  EXPECT_THAT(bench.position.at("cursor/" + std::string{kCustomer} + "/0"), HasSubstr("4 "));
}

TEST(FalconMachine, OnlyConfiguredPartitionsAreOpened) {
  FakeVendor vendor = two_partitions();
  MachineOptions options = default_options();
  options.partitions = {"1"};
  Bench bench(vendor, options);
  bench.run(minutes{1});
  EXPECT_EQ(vendor.count("/datafeed/v1/1a"), 1U);
  EXPECT_EQ(vendor.count("/datafeed/v1/0"), 0U);
}

TEST(FalconMachine, ADayWithCapsQuietPartitionsAndAnExpiredOffsetEqualsTheTruth) {
  FakeVendor vendor = two_partitions();
  vendor.release = seconds{40};
  FakeFeed& busy = vendor.feeds[0];
  std::uint64_t offset = 1000;
  for (int i = 0; i < 24 * 360; ++i) {
    offset += 1 + static_cast<std::uint64_t>(i % 7 == 0) * 5;  // Holes are normal.
    busy.add(offset, kBegin + seconds{10 * i});
  }
  vendor.feeds[1].add(0, kBegin + hours{9});
  Bench bench(vendor);
  bench.run(hours{11}, seconds{5});
  // Nobody collects for an hour, and the vendor forgets all but the last minutes of it.
  const std::vector<std::uint64_t> before = bench.offsets("0");
  bench.restart();
  bench.now += hours{1};
  std::uint64_t oldest = 0;
  for (const FakeEvent& event : busy.events) {
    if (event.at >= bench.now - minutes{10}) {
      oldest = event.offset;
      break;
    }
  }
  busy.retained_from = oldest;
  bench.run(hours{13}, seconds{5});
  std::vector<std::uint64_t> owed;
  for (const FakeEvent& event : busy.events) {
    if (event.at > bench.now - minutes{2}) break;
    if (event.offset <= before.back() || event.offset >= oldest) owed.push_back(event.offset);
  }
  std::vector<std::uint64_t> got = bench.offsets("0");
  ASSERT_GE(got.size(), owed.size());
  got.resize(owed.size());
  EXPECT_EQ(got, owed);
  EXPECT_THAT(bench.offsets("1a"), ElementsAre(0));
  const auto lost = bench.rows(CoverageState::lost, "offsets");
  ASSERT_THAT(lost, SizeIs(1));
  EXPECT_EQ(lost[0].item,
            "0:" + std::to_string(before.back() + 1) + "-" + std::to_string(oldest - 1));
  EXPECT_LT(lost[0].from, lost[0].to);
  EXPECT_TRUE(bench.told(Report::Kind::lost, "crowdstrike_falcon/offset-expired"));
}

}  // namespace
}  // namespace cistern::connectors::crowdstrike_falcon::test
