// A feed's numbers and times, and the events on it, without a server.
#include "base/random.hpp"
#include "codec/json.hpp"
#include "lab/crowdstrike_falcon/falcon_generator.hpp"
#include "lab/crowdstrike_falcon/feeds.hpp"
#include "lab/lab.hpp"

#include <map>
#include <set>

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace cistern::lab {

namespace {

TimePoint start_time() {
  return *parse_time("2026-03-04T05:06:07Z");
}

FeedPace pace() {
  FeedPace pace;
  pace.key = 7;
  pace.start = start_time();
  pace.history = std::chrono::hours{5};
  pace.history_per_hour = 300;
  pace.live_per_second = 3;
  pace.first_offset = 100;
  return pace;
}

TEST(FeedSchedule, CountAndTimeAreEachOthersInverse) {
  const FeedSchedule schedule(pace());
  EXPECT_EQ(schedule.history_count(), 1500U);
  EXPECT_EQ(schedule.count(start_time()), 1500U);
  for (std::uint64_t index = 0; index < 3000; ++index) {
    const auto time = schedule.time_of(index);
    EXPECT_EQ(schedule.count(time), index + 1);
    EXPECT_EQ(schedule.count(time - Duration{1}), index);
    EXPECT_LT(schedule.number_of(index), schedule.number_of(index + 1));
  }
  EXPECT_LT(schedule.time_of(1499), start_time());
}

TEST(FeedSchedule, AFeedWithoutLiveEventsStandsStill) {
  auto still = pace();
  still.live_per_second = 0;
  const FeedSchedule schedule(still);
  EXPECT_EQ(schedule.count(start_time() + std::chrono::hours{100}), 1500U);
}

// Whatever is added when: one order, offsets that grow, and no offset that changes afterwards.
TEST(Feed, AddedEventsKeepOrderAndOffsets) {
  Feed feed(1, 0, pace());
  SeededRandom random(5);
  auto now = start_time();
  std::map<std::uint64_t, std::string> said;
  for (int round = 0; round < 200; ++round) {
    now += std::chrono::milliseconds{random.next() % 1500};
    for (auto added = random.next() % 3; added > 0; --added)
      feed.add({}, now);
    std::uint64_t before = 0;
    std::size_t events = 0;
    for (auto cursor = feed.oldest(); cursor != feed.end(now); cursor = feed.next(cursor)) {
      const auto offset = feed.offset_at(cursor);
      const auto name = feed.is_added(cursor) ? "added " + std::to_string(cursor.added)
                                              : "own " + std::to_string(cursor.own);
      ASSERT_TRUE(events == 0 || offset > before);
      ++events;
      before = offset;
      ASSERT_EQ(said.try_emplace(offset, name).first->second, name);
      ASSERT_EQ(feed.at(offset), cursor);
    }
    ASSERT_EQ(events, said.size());
  }
}

TEST(Feed, GoingBackIsTheReverseOfGoingOn) {
  Feed feed(1, 0, pace());
  auto now = start_time();
  for (int round = 0; round < 50; ++round) {
    now += std::chrono::milliseconds{700};
    feed.add({}, now);
    feed.add({}, now);
  }
  for (auto cursor = feed.oldest(); cursor != feed.end(now);) {
    const auto next = feed.next(cursor);
    ASSERT_EQ(feed.before(next, 1), cursor);
    cursor = next;
  }
  EXPECT_EQ(feed.before(feed.next(feed.oldest()), 10), feed.oldest());
}

TEST(Feed, WhatIsForgottenIsAGapWithExactBorders) {
  Feed feed(1, 0, pace());
  const auto asked = feed.offset_at({1000, 0});
  EXPECT_FALSE(feed.expired_above(asked));
  feed.expire({1400, 0});
  const auto gap = feed.expired_above(asked);
  ASSERT_TRUE(gap);
  EXPECT_EQ(gap->from, feed.offset_at({1001, 0}));
  EXPECT_EQ(gap->to, feed.offset_at({1399, 0}));
  EXPECT_EQ(gap->events, 399U);
  // Who has the last forgotten one misses nothing.
  EXPECT_FALSE(feed.expired_above(gap->to));
  EXPECT_FALSE(feed.expired_above(UINT64_MAX));
}

class Events : public testing::Test {
 protected:
  std::string event(std::uint64_t own, FaultProfile profile = FaultProfile::ordinary) {
    std::string out;
    const FalconGenerator generator(3, profile);
    generator.append(out, {1, 0, own, 5000 + own, start_time()});
    return out;
  }
};

TEST_F(Events, AreCompactJsonInOneLineAndTheSameEachTime) {
  const FalconGenerator generator(3, FaultProfile::ordinary);
  std::string scratch;
  codec::JsonSplitter splitter;
  for (std::uint64_t own = 0; own < 3000; ++own) {
    std::string text;
    ASSERT_TRUE(generator.append(text, {1, 0, own, 5000 + own, start_time()}));
    ASSERT_EQ(text, event(own));
    ASSERT_EQ(splitter.why_invalid(text), "") << text;
    ASSERT_EQ(codec::compact_json(text, scratch), text);
    ASSERT_EQ(text.find_first_of("&<>\n\r"), std::string::npos) << text;
  }
}

TEST_F(Events, CoverAllTypesAndTheirOddities) {
  const FalconGenerator generator(3, FaultProfile::ordinary);
  std::set<std::string> types;
  std::set<std::size_t> digits;
  bool beyond_double = false;
  bool beyond_signed = false;
  bool without_version = false;
  bool event_first = false;
  for (std::uint64_t own = 0; own < 6000; ++own) {
    std::string text;
    generator.append(text, {1, 0, own, 5000 + own, start_time()});
    const auto value = boost::json::parse(text);
    const auto& metadata = value.at("metadata").as_object();
    const auto& fields = value.at("event").as_object();
    types.insert(std::string(metadata.at("eventType").as_string()));
    EXPECT_EQ(metadata.at("eventType").as_string(), generator.type_of({1, 0, own, 0, {}}));
    without_version = without_version || !metadata.contains("version");
    event_first = event_first || text.starts_with(R"({"event")");
    if (const auto* time = fields.if_contains("UTCTimestamp")) {
      digits.insert(std::to_string(time->to_number<std::uint64_t>()).size());
    }
    if (const auto* process = fields.if_contains("ProcessId"); process && process->is_number()) {
      beyond_double = beyond_double || process->to_number<std::uint64_t>() > (1ULL << 53);
      beyond_signed = beyond_signed || process->is_uint64();
    }
  }
  EXPECT_GE(types.size(), 25U);
  for (const auto* type : {"DetectionSummaryEvent",
                           "EppDetectionSummaryEvent",
                           "EPPDetectionSummaryEvent",
                           "FcsIoaDetectionSummaryEvent",
                           "IncidentSummaryEvent",
                           "AutomatedLeadSummaryEvent",
                           "UserActivityAuditEvent",
                           "AuthActivityAuditEvent",
                           "APIActivityAuditEvent",
                           "RemoteResponseSessionStartEvent",
                           "RemoteResponseSessionEndEvent",
                           "FirewallMatchEvent",
                           "CSPMSearchStreamingEvent",
                           "CSPMIOAStreamingEvent",
                           "CustomerIOCEvent",
                           "HashSpreadingEvent",
                           "IdentityProtectionEvent",
                           "IdpDetectionSummaryEvent",
                           "MobileDetectionSummaryEvent",
                           "XdrDetectionSummaryEvent",
                           "ReconNotificationSummaryEvent",
                           "ScheduledReportNotificationEvent",
                           "DataProtectionDetectionSummaryEvent",
                           "OverwatchGenericDetectionSummaryEvent",
                           "QuantumDriveSummaryEvent"}) {
    EXPECT_TRUE(types.contains(type)) << type;
  }
  EXPECT_EQ(digits, (std::set<std::size_t>{10, 13}));
  EXPECT_TRUE(beyond_double && beyond_signed && without_version && event_first);
}

TEST_F(Events, AreDamagedAndDisturbedWhenHostile) {
  const FalconGenerator generator(3, FaultProfile::hostile);
  unsigned damaged = 0;
  unsigned noise = 0;
  unsigned repeated = 0;
  for (std::uint64_t own = 0; own < 12000; ++own) {
    std::string text;
    const EventPlace place{1, 0, own, 5000 + own, start_time()};
    if (!generator.append(text, place)) ++damaged;
    const auto quirks = generator.quirks_of(place);
    noise += quirks.noise.empty() ? 0 : 1;
    repeated += quirks.repeated ? 1 : 0;
  }
  EXPECT_GT(damaged, 5U);
  EXPECT_GT(noise, 5U);
  EXPECT_GT(repeated, 5U);
}

}  // namespace

}  // namespace cistern::lab
