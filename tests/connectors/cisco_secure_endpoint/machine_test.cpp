// What is read, and what is stored once, while everything moves.
#include "connectors/cisco_secure_endpoint/machine_bench.hpp"
#include "sanitizer.hpp"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::cisco_secure_endpoint::test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t kFirstId = 6'533'241'145'273'614'339ULL;

void add_events(FakeVendor& vendor, std::size_t count, TimePoint newest, Duration between,
                std::uint64_t first_id = kFirstId) {
  for (std::size_t i = 0; i < count; ++i) {
    const TimePoint time = newest - between * static_cast<int>(count - 1 - i);
    vendor.add({.json = event_json(first_id + i, time), .time = time});
  }
}

void expect_all_once(const Bench& bench) {
  std::map<std::string, int> owed;
  for (const FakeRecord& record : bench.vendor.events)
    ++owed[record.json];
  for (const FakeRecord& record : bench.vendor.audit)
    ++owed[record.json];
  EXPECT_EQ(bench.store.stored, owed);
  EXPECT_THAT(bench.vendor.broken_rules, IsEmpty());
}

TEST(EndpointMachine, ABackfillFollowsAllPagesAndKeepsNeighbouringIdsApart) {
  Bench bench(bench_options());
  add_events(bench.vendor, 730, kStart - seconds{5}, seconds{30});
  bench.start();
  bench.run(minutes{3});
  EXPECT_EQ(bench.stored(), 730U);
  expect_all_once(bench);
  EXPECT_THAT(bench.store.rows("window", CoverageState::lost), IsEmpty());
  ASSERT_TRUE(bench.through("events"));
  EXPECT_GE(*bench.through("events"), kStart - seconds{1});
}

TEST(EndpointMachine, TheWatermarkWaitsForTheEndOfTheWalkAndPagesDoNot) {
  Bench bench(bench_options());
  add_events(bench.vendor, 500, kStart - seconds{5}, seconds{30});
  bench.start();
  while (bench.stored() < 100)
    bench.turn();
  EXPECT_FALSE(bench.through("events"));
  EXPECT_TRUE(bench.store.position.contains("events/began"));
  bench.kill();
  bench.run(minutes{5});
  expect_all_once(bench);
}

TEST(EndpointMachine, ABackfillOfNothingDoesNotReachIntoThePast) {
  MachineOptions options = bench_options();
  options.backfill = Duration{0};
  Bench bench(options);
  add_events(bench.vendor, 10, kStart - hours{1}, seconds{30});
  const TimePoint later = kStart + minutes{10};
  bench.vendor.add({.json = event_json(1, later), .time = later, .visible = later});
  bench.start();
  bench.run(minutes{15});
  EXPECT_EQ(bench.stored(), 1U);
}

TEST(EndpointMachine, EventsThatArriveDuringTheWalkPushNothingOut) {
  Bench bench(bench_options());
  add_events(bench.vendor, 400, kStart - seconds{5}, seconds{30});
  for (std::uint64_t i = 0; i < 3000; ++i) {
    const TimePoint time = kStart + milliseconds{20 * i};
    bench.vendor.add(
        {.json = event_json(kFirstId + 1000 + i, time), .time = time, .visible = time});
  }
  bench.start();
  bench.run(minutes{30});
  expect_all_once(bench);
}

TEST(EndpointMachine, ALateEventIsFoundByTheOverlapAndALaterOneByTheSweep) {
  Bench bench(bench_options());
  bench.start();
  bench.run(hours{2});
  const TimePoint a = bench.now - minutes{50};
  const TimePoint b = bench.now - hours{20};
  bench.vendor.add({.json = event_json(1, a), .time = a, .visible = bench.now});
  bench.vendor.add({.json = event_json(2, b), .time = b, .visible = bench.now});
  bench.run(minutes{5});
  EXPECT_EQ(bench.stored(), 1U);
  bench.run(hours{25});
  EXPECT_EQ(bench.stored(), 2U);
  expect_all_once(bench);
}

TEST(EndpointMachine, AnEndpointWithItsClockInTheFutureDoesNotMoveTheWatermark) {
  Bench bench(bench_options());
  const TimePoint future = kStart + hours{24 * 1000};
  bench.vendor.add({.json = event_json(1, future), .time = future});
  bench.start();
  bench.run(minutes{5});
  EXPECT_LT(*bench.through("events"), kStart + minutes{6});
  const TimePoint later = bench.now;
  bench.vendor.add({.json = event_json(2, later), .time = later, .visible = later});
  bench.run(minutes{5});
  expect_all_once(bench);
}

TEST(EndpointMachine, AWrongClockOfOursNeitherSkipsNorInvents) {
  for (const Duration skew : {Duration{hours{26}}, Duration{-hours{26}}}) {
    MachineOptions options = bench_options();
    options.audit = true;
    options.backfill = hours{2};
    Bench bench(options);
    bench.vendor.skew = skew;
    add_events(bench.vendor, 60, kStart + skew - seconds{5}, seconds{60});
    const TimePoint logged = kStart + skew - minutes{30};
    bench.vendor.audit.push_back({.json = audit_json(logged, "login", "nora"), .time = logged});
    bench.start();
    bench.run(minutes{5});
    expect_all_once(bench);
    EXPECT_TRUE(bench.reported(Report::Kind::notice, "cisco_secure_endpoint/clock-skew"));
    EXPECT_LE(*bench.through("events"), bench.now + skew);
  }
}

TEST(EndpointMachine, RecordsWithoutIdAreToldApartByOccurrenceAlsoAcrossPages) {
  MachineOptions options = bench_options();
  options.audit = true;
  Bench bench(options);
  // 60 that say the same, in one second, so that they cross two borders of pages.
  const TimePoint time = std::chrono::floor<seconds>(kStart - hours{2});
  for (int i = 0; i < 60; ++i) {
    bench.vendor.audit.push_back({.json = audit_json(time, "login", "nora"), .time = time});
  }
  for (std::size_t i = 0; i < 40; ++i) {
    const TimePoint other = kStart - minutes{90} + seconds{i};
    bench.vendor.audit.push_back(
        {.json = audit_json(other, "update", "n" + std::to_string(i)), .time = other});
    bench.vendor.add({.json = event_json(std::nullopt, other), .time = other});
    if (i % 2 == 0) bench.vendor.add({.json = event_json(std::nullopt, other), .time = other});
  }
  bench.start();
  bench.run(hours{30});
  expect_all_once(bench);
}

TEST(EndpointMachine, OnlyTheComputerChangedBetweenTwoReadingsOfAnEventWithoutId) {
  Bench bench(bench_options());
  const TimePoint time = kStart - minutes{2};
  bench.vendor.add({.json = event_json(std::nullopt, time), .time = time});
  bench.start();
  bench.run(minutes{2});
  std::string& json = bench.vendor.events[0].json;
  json.replace(json.find("true"), 4, "false");
  bench.run(minutes{5});
  EXPECT_EQ(bench.stored(), 1U);
  EXPECT_GT(bench.store.duplicates, 0U);
}

TEST(EndpointMachine, AVendorThatForgetsTheLinkStillCounts) {
  Bench bench(bench_options());
  bench.vendor.forgets_next = true;
  add_events(bench.vendor, 200, kStart - seconds{5}, seconds{30});
  bench.start();
  bench.run(minutes{3});
  expect_all_once(bench);
}

TEST(EndpointMachine, WindowsFollowEachOtherWithoutAGap) {
  MachineOptions options = bench_options();
  options.audit = true;
  Bench bench(options);
  bench.start();
  bench.run(hours{1});
  std::map<std::string, TimePoint> through;
  for (const Coverage& row : bench.store.rows("window", CoverageState::whole)) {
    const auto found = through.find(row.stream);
    if (found != through.end()) {
      EXPECT_EQ(row.from, found->second) << row.stream;
    }
    EXPECT_LT(row.from, row.to);
    through[row.stream] = row.to;
  }
  EXPECT_EQ(through.size(), 2U);
  EXPECT_LE(through["audit"], bench.now - minutes{1});
}

TEST(EndpointMachine, ALargePageIsCommittedInParts) {
  MachineOptions options = bench_options();
  options.page_size = 500;
  Bench bench(options);
  const std::string filler =
      R"(,"command_line":{"arguments":")" + std::string(100'000, 'a') + "\"}";
  for (std::uint64_t i = 0; i < 200; ++i) {
    const TimePoint time = kStart - seconds{i + 1};
    bench.vendor.add({.json = event_json(kFirstId + i, time, "1107296274", filler), .time = time});
  }
  bench.start();
  bench.run(seconds{30});
  EXPECT_EQ(bench.stored(), 200U);
  EXPECT_LE(bench.largest_commit, kMaxCommitBytes);
}

// ---- with the event stream ----

TEST(EndpointMachine, WhileTheStreamFlowsEventsAreGlancedAtAndComparedEachHour) {
  Bench bench(bench_options());
  bench.start();
  bench.run(minutes{5});
  bench.tell({.flowing = true, .covered_from = bench.now - minutes{2}});
  bench.run(minutes{10});
  const TimePoint missed = bench.now - minutes{30};
  bench.vendor.add({.json = event_json(5, missed), .time = missed, .visible = bench.now});
  bench.run(minutes{10});
  EXPECT_EQ(bench.stored(), 0U);
  EXPECT_GE(*bench.through("events"), bench.now - minutes{2});
  bench.run(hours{1});
  EXPECT_EQ(bench.stored(), 1U);
}

TEST(EndpointMachine, WhatCameBeforeTheStreamIsReadAtOnce) {
  Bench bench(bench_options());
  add_events(bench.vendor, 100, kStart - seconds{5}, seconds{60});
  bench.tell_at_start = {.flowing = true, .covered_from = kStart + seconds{30}};
  bench.start();
  bench.run(minutes{5});
  expect_all_once(bench);
  EXPECT_GE(*bench.through("events"), kStart + seconds{30});
}

TEST(EndpointMachine, AStreamThatEndsIsMadeUpForAtOnce) {
  Bench bench(bench_options());
  bench.start();
  bench.run(minutes{5});
  bench.tell({.flowing = true, .covered_from = bench.now - minutes{2}});
  bench.run(minutes{40});
  const TimePoint missed = bench.now - hours{20};
  bench.vendor.add({.json = event_json(5, missed), .time = missed, .visible = bench.now});
  bench.tell({.flowing = false, .covered_from = {}});
  bench.run(minutes{1});
  EXPECT_EQ(bench.stored(), 1U);
}

// ---- the store ----

TEST(EndpointMachine, WhatTheStoreLostIsReadAgain) {
  Bench bench(bench_options());
  add_events(bench.vendor, 300, kStart - seconds{5}, seconds{60});
  bench.start();
  bench.run(minutes{5});
  bench.store.known.clear();
  bench.store.stored.clear();
  StoreDamage damage;
  damage.through = 300;
  damage.items.push_back({.stream = {},
                          .kind = std::string{kMendedKind},
                          .item = "1-300",
                          .from = {},
                          .to = {},
                          .state = CoverageState::damaged,
                          .reason = "a block is gone"});
  bench.damage(damage);
  bench.damage(damage);
  bench.run(minutes{5});
  expect_all_once(bench);
  const auto mended = bench.store.rows(kMendedKind, CoverageState::whole);
  ASSERT_EQ(mended.size(), 1U);
  EXPECT_EQ(mended[0].item, "1-300");
  EXPECT_EQ(mended[0].stream, "events");
}

TEST(EndpointMachine, ACommitThatFailsMovesNothing) {
  Bench bench(bench_options());
  add_events(bench.vendor, 100, kStart - seconds{5}, seconds{60});
  bench.start();
  while (bench.stored() < 30)
    bench.turn();
  bench.fail_commit = true;
  bench.run(minutes{5});
  expect_all_once(bench);
}

TEST(EndpointMachine, APositionOfAnotherCloudBeginsAnew) {
  Bench bench(bench_options());
  bench.store.position = {{"rest/cloud", "api.amp.cisco.com"},
                          {"events/began", "2026-09-21T00:00:00Z"},
                          {"events/through", format_time(kStart)}};
  add_events(bench.vendor, 20, kStart - hours{10}, seconds{60});
  bench.start();
  bench.run(minutes{3});
  expect_all_once(bench);
  EXPECT_TRUE(bench.reported(Report::Kind::notice, "cisco_secure_endpoint/other-cloud"));
  EXPECT_EQ(bench.store.position["rest/cloud"], "api.eu.amp.cisco.com");
}

TEST(EndpointMachine, AnUnreadablePositionStopsItsStreamAlone) {
  MachineOptions options = bench_options();
  options.audit = true;
  Bench bench(options);
  bench.store.position = {{"rest/cloud", "api.eu.amp.cisco.com"}, {"events/through", "yesterday"}};
  bench.start();
  bench.run(minutes{5});
  EXPECT_TRUE(bench.reported(Report::Kind::stopped, "cisco_secure_endpoint/position"));
  EXPECT_EQ(bench.vendor.count("/v1/events"), 0U);
  EXPECT_GT(bench.vendor.count("/v1/audit_logs"), 0U);
}

// ---- everything at once ----

/// New, late and repeated events, faults, throttling, and kills between any two steps.
class Storm {
 public:
  explicit Storm(std::uint64_t seed) : bench(options(), seed) {
    // What goes on before the start.
    for (int i = 0; i < 120; ++i)
      add_event(kStart - hours{1 + static_cast<int>(pick(20))} + seconds{pick(3600)}, kStart);
    bench.vendor.fault = [this](const HttpRequest& request, TimePoint now) {
      return fault(request, now);
    };
    bench.vendor.headers = {{"X-RateLimit-Limit", "3000"}, {"x-ratelimit-remaining", "$"}};
    bench.start();
  }

  void run() {
    const TimePoint end = kStart + hours{5};
    while (bench.now < end) {
      const std::uint64_t dice = pick(100);
      if (dice < 20) add_event(bench.now - seconds{pick(3)}, bench.now);
      if (dice == 20) add_event(bench.now - hours{pick(20)} - seconds{pick(3600)}, bench.now);
      if (dice == 21) burst();
      if (dice == 22) bench.kill();
      if (dice == 23) vanish();
      if (bench.vendor.budget < 100) bench.vendor.budget = 3000;
      bench.turn();
    }
    faults_ = false;
    bench.vendor.budget = 1'000'000;
    // One sweep over everything.
    bench.run(hours{5});
  }

  Bench bench;
  std::map<std::string, int> gone;  ///< Vanished at the vendor, read or not.

 private:
  static MachineOptions options() {
    MachineOptions out = bench_options();
    out.audit = true;
    out.backfill = hours{48};
    out.sweep = hours{30};
    out.sweep_interval = hours{4};
    return out;
  }

  std::uint64_t pick(std::uint64_t most) { return bench.random.next() % most; }

  void add_event(TimePoint time, TimePoint visible) {
    const std::uint64_t kind = pick(10);
    if (kind == 0) {
      const TimePoint second = std::chrono::floor<seconds>(time);
      bench.vendor.audit.push_back({.json = audit_json(second, "update", std::to_string(pick(3))),
                                    .time = second,
                                    .visible = visible});
    } else if (kind == 1) {
      const TimePoint second = std::chrono::floor<seconds>(time);
      bench.vendor.add(
          {.json = event_json(std::nullopt, second), .time = second, .visible = visible});
    } else {
      bench.vendor.add({.json = event_json(next_id_++, time), .time = time, .visible = visible});
    }
  }

  /// More than a page in a moment.
  void burst() {
    for (std::uint64_t i = 0, count = 10 + pick(40); i < count; ++i)
      add_event(bench.now - milliseconds{pick(900)}, bench.now);
  }

  /// Records vanish at the vendor, as when a computer is deleted.
  void vanish() {
    auto& events = bench.vendor.events;
    for (std::uint64_t i = 0, count = pick(15); i < count && !events.empty(); ++i) {
      const auto at = events.begin() + static_cast<std::ptrdiff_t>(pick(events.size()));
      ++gone[at->json];
      events.erase(at);
    }
  }

  std::optional<Answer> fault(const HttpRequest& /*request*/, TimePoint now) {
    if (!faults_) return std::nullopt;
    switch (pick(60)) {
      case 0:
        return answer(503, "<html>away</html>", now);
      case 1:
        return fail_retry("net/cut", "the connection broke off", "");
      case 2: {
        HttpResponse out = answer(429, error_body(429, "Too Many Requests", "slow down"), now);
        out.headers.push_back({"X-Rate-Limit-Reset", std::to_string(pick(600))});
        return out;
      }
      case 3:
        return answer(200, "<html>a portal</html>", now);
      case 4:
        return answer(200, R"({"version":"v1","metadata":{"results":{"total":9}},"data":[{"id":1)",
                      now);
      default:
        return std::nullopt;
    }
  }

  std::uint64_t next_id_ = kFirstId;
  bool faults_ = true;
};

TEST(EndpointMachine, NothingIsLostOrStoredTwiceInAStorm) {
  const int few = cistern::test::kSparser > 1 ? 1 : 3;
  const int seeds = std::getenv("CISTERN_LONG_TESTS") != nullptr ? 1000 : few;
  for (int seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Storm storm(static_cast<std::uint64_t>(seed));
    storm.run();
    std::map<std::string, int> owed;
    for (const FakeRecord& record : storm.bench.vendor.events)
      ++owed[record.json];
    for (const FakeRecord& record : storm.bench.vendor.audit)
      ++owed[record.json];
    for (const auto& [json, count] : owed) {
      const auto found = storm.bench.store.stored.find(json);
      ASSERT_NE(found, storm.bench.store.stored.end()) << "lost " << json;
      const auto vanished = storm.gone.find(json);
      const int most = count + (vanished == storm.gone.end() ? 0 : vanished->second);
      EXPECT_GE(found->second, count) << "lost one of " << json;
      EXPECT_LE(found->second, most) << "repeated " << json;
    }
    for (const auto& [json, count] : storm.bench.store.stored) {
      EXPECT_TRUE(owed.contains(json) || storm.gone.contains(json)) << "invented " << json;
    }
    EXPECT_THAT(storm.bench.vendor.broken_rules, IsEmpty());
    EXPECT_FALSE(storm.bench.reported(Report::Kind::notice, "cisco_secure_endpoint/pages-loose"));
  }
}

}  // namespace
}  // namespace cistern::connectors::cisco_secure_endpoint::test
