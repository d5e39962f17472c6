// The parts that the machine is made of, each by itself.
#include "connectors/microsoft_365/blob_queue.hpp"
#include "connectors/microsoft_365/gate.hpp"
#include "connectors/microsoft_365/machine_bench.hpp"
#include "connectors/microsoft_365/seen_blobs.hpp"
#include "connectors/microsoft_365/subscription.hpp"
#include "connectors/microsoft_365/vendor_clock.hpp"
#include "connectors/microsoft_365/window_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::microsoft_365::test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const TimePoint kNow = at("2026-03-10T12:00:00Z");

std::vector<Interval> drain(WindowPlan& plan, TimePoint now) {
  std::vector<Interval> out;
  while (const auto slice = plan.take(now, now, true)) {
    out.push_back(slice->window);
    plan.listed(now);
  }
  return out;
}

TEST(WindowPlan, ALivePollListsTheOverlapAgain) {
  WindowPlan plan(hours{24}, hours{2});
  plan.begin(kNow - minutes{1}, kNow - hours{100});
  ASSERT_EQ(plan.plan(kNow, true, WindowPlan::Kind::poll), WindowPlan::Outcome::planned);
  EXPECT_THAT(drain(plan, kNow), ElementsAre(Interval{kNow - minutes{1} - hours{2}, kNow}));
  EXPECT_EQ(plan.listed_through(), kNow);
}

TEST(WindowPlan, CatchingUpGoesInHours) {
  WindowPlan plan(hours{24}, Duration{0});
  plan.begin(kNow - hours{5}, kNow - hours{100});
  ASSERT_EQ(plan.plan(kNow, true, WindowPlan::Kind::sweep), WindowPlan::Outcome::planned);
  EXPECT_FALSE(plan.sweeping());
  EXPECT_THAT(drain(plan, kNow), SizeIs(5));
}

TEST(WindowPlan, ASweepListsSevenDaysInSlicesOfADay) {
  WindowPlan plan(hours{24}, hours{2});
  plan.begin(kNow - minutes{1}, kNow - hours{1000});
  plan.plan(kNow, true, WindowPlan::Kind::sweep);
  EXPECT_TRUE(plan.sweeping());
  const auto windows = drain(plan, kNow);
  ASSERT_THAT(windows, SizeIs(7));
  EXPECT_EQ(windows.front().from, kNow - WindowPlan::kReach);
  EXPECT_EQ(windows.back().to, kNow);
  for (const Interval& window : windows)
    EXPECT_LE(window.to - window.from, hours{24});
  EXPECT_FALSE(plan.sweeping());
}

TEST(WindowPlan, AFailedSliceHoldsWhatCountsAsListedAndStandsInNoOthersWay) {
  WindowPlan plan(hours{24}, Duration{0});
  plan.begin(kNow - hours{5}, kNow - hours{100});
  plan.plan(kNow, true, WindowPlan::Kind::poll);
  ASSERT_TRUE(plan.take(kNow, kNow, true));
  plan.failed(kNow + minutes{10}, false);
  EXPECT_THAT(drain(plan, kNow), SizeIs(4));
  EXPECT_EQ(plan.listed_through(), kNow - hours{5});
  EXPECT_TRUE(plan.newest_listed());
  EXPECT_THAT(drain(plan, kNow + minutes{10}), SizeIs(1));
  EXPECT_EQ(plan.listed_through(), kNow);
}

TEST(WindowPlan, ASliceIsHalvedDownToFiveMinutes) {
  WindowPlan plan(hours{24}, Duration{0});
  plan.begin(kNow - minutes{22}, kNow - hours{100});
  plan.plan(kNow, true, WindowPlan::Kind::poll);
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(plan.take(kNow, kNow, true));
    plan.failed(kNow, true);
  }
  const auto windows = drain(plan, kNow);
  for (const Interval& window : windows)
    EXPECT_GE(window.to - window.from, minutes{5});
  EXPECT_EQ(plan.listed_through(), kNow);
}

TEST(WindowPlan, WhatTheVendorNoLongerListsIsAGapExactly) {
  WindowPlan plan(hours{24}, hours{2});
  plan.begin(kNow - hours{24 * 9}, kNow - hours{24 * 20});
  EXPECT_EQ(plan.plan(kNow, false, WindowPlan::Kind::poll), WindowPlan::Outcome::clock_doubtful);
  EXPECT_THAT(plan.take_gaps(), IsEmpty());
  ASSERT_EQ(plan.plan(kNow, true, WindowPlan::Kind::poll), WindowPlan::Outcome::planned);
  EXPECT_THAT(plan.take_gaps(),
              ElementsAre(Interval{kNow - hours{24 * 9}, kNow - WindowPlan::kReach}));
}

TEST(WindowPlan, AMarginIsLeftForAQuickRestart) {
  WindowPlan plan(hours{24 * 7}, hours{2});
  plan.begin(plan.first_watermark(kNow), plan.first_watermark(kNow));
  const TimePoint later = kNow + minutes{4};
  ASSERT_EQ(plan.plan(later, true, WindowPlan::Kind::poll), WindowPlan::Outcome::planned);
  EXPECT_THAT(plan.take_gaps(), IsEmpty());
  EXPECT_EQ(plan.take(later, later, true)->window.from, plan.first_watermark(kNow));
}

TEST(WindowPlan, ASliceThatWaitedTooLongLosesOnlyWhatNoOtherListed) {
  WindowPlan plan(hours{24 * 7}, hours{2});
  plan.begin(kNow - hours{24 * 6}, kNow - hours{24 * 20});
  plan.plan(kNow, true, WindowPlan::Kind::poll);
  const TimePoint later = kNow + hours{26};
  ASSERT_TRUE(plan.take(later, later, true));
  const auto gaps = plan.take_gaps();
  ASSERT_FALSE(gaps.empty());
  EXPECT_EQ(gaps.front().from, kNow - hours{24 * 6});
  EXPECT_EQ(gaps.back().to, later - WindowPlan::kReach);
}

TEST(WindowPlan, NothingAfterTheVendorsTimeCountsAsListed) {
  WindowPlan plan(hours{24}, hours{2});
  plan.begin(kNow - minutes{1}, kNow - hours{100});
  plan.plan(kNow, true, WindowPlan::Kind::poll);
  ASSERT_TRUE(plan.take(kNow, kNow, true));
  plan.listed(kNow - seconds{20} + milliseconds{400});
  EXPECT_EQ(plan.listed_through(), kNow - seconds{20});
}

TEST(Gate, ABurstOfRefusalsCountsOnce) {
  Gate gate;
  SeededRandom random(1);
  const std::uint64_t sent = gate.epoch();
  EXPECT_TRUE(gate.throttled(kNow, sent, std::nullopt, random));
  for (int i = 0; i < 10; ++i)
    EXPECT_FALSE(gate.throttled(kNow, sent, std::nullopt, random));
  EXPECT_GE(gate.until(), kNow + seconds{30});
  EXPECT_LE(gate.until(), kNow + seconds{60});
  EXPECT_EQ(gate.limit(), 1U);
  EXPECT_FALSE(gate.succeeded(sent));
  EXPECT_EQ(gate.limit(), 1U);
}

TEST(Gate, DelaysGrowToTenMinutesAndRequestsComeBackOneByOne) {
  Gate gate;
  SeededRandom random(1);
  TimePoint now = kNow;
  Duration last{0};
  for (int i = 0; i < 12; ++i) {
    ASSERT_TRUE(gate.throttled(now, gate.epoch(), std::nullopt, random));
    last = gate.until() - now;
    EXPECT_LE(last, minutes{10});
    now = gate.until();
  }
  EXPECT_GE(last, minutes{5});
  bool restored = false;
  for (std::size_t i = 2; i < 11 && !restored; ++i) {
    restored = gate.succeeded(gate.epoch());
    if (!restored) {
      EXPECT_EQ(gate.limit(), i);
    }
  }
  EXPECT_TRUE(restored);
  EXPECT_GT(gate.limit(), 100U);
}

TEST(Gate, ASingleFailureIsNoOutage) {
  Gate gate;
  SeededRandom random(1);
  for (int i = 0; i < 4; ++i)
    EXPECT_FALSE(gate.unreachable(kNow, gate.epoch(), random));
  gate.succeeded(gate.epoch());
  for (int i = 0; i < 4; ++i)
    EXPECT_FALSE(gate.unreachable(kNow, gate.epoch(), random));
  EXPECT_TRUE(gate.unreachable(kNow, gate.epoch(), random));
  EXPECT_FALSE(gate.open(kNow));
}

TEST(SeenBlobs, LivesInThePositionAndLeavesInTime) {
  SeenBlobs seen("Audit.General");
  const Identity key = blob_key("a");
  const StateChange change = seen.change(key, kNow, kNow + hours{24 * 20});
  EXPECT_EQ(change.key, "seen/Audit.General/" + to_hex(key));
  Position position{
      {change.key, *change.value}, {"seen/Audit.Generally/x", "y"}, {"seen/Audit.General/z", "?"}};
  seen.restore(position);
  EXPECT_TRUE(seen.contains(key));
  EXPECT_EQ(seen.size(), 1U);
  EXPECT_THAT(seen.evict(kNow + hours{24 * 20}, 10), IsEmpty());
  const StateDelta gone = seen.evict(kNow + hours{24 * 21}, 10);
  ASSERT_THAT(gone, SizeIs(1));
  EXPECT_EQ(gone[0], (StateChange{change.key, std::nullopt}));
}

TEST(SeenBlobs, AnAbsurdExpirationDoesNotStayForEver) {
  SeenBlobs seen("Audit.General");
  seen.insert(blob_key("a"), kNow, at("2200-01-01T00:00:00Z"));
  EXPECT_THAT(seen.evict(kNow + hours{24 * 61}, 10), SizeIs(1));
}

TEST(BlobQueue, OldestFirstAndDeferredOnesStepAside) {
  BlobQueue queue;
  const auto add = [&](std::string id, TimePoint available) {
    PendingBlob blob;
    blob.ref.id = id;
    blob.available = available;
    return queue.add(blob_key(id), blob);
  };
  add("new", kNow);
  add("old", kNow - hours{1});
  EXPECT_FALSE(add("old", kNow));
  EXPECT_EQ(queue.take(kNow), blob_key("old"));
  queue.defer(blob_key("old"), kNow + minutes{1});
  EXPECT_EQ(queue.oldest(), kNow - hours{1});
  EXPECT_EQ(queue.take(kNow), blob_key("new"));
  EXPECT_FALSE(queue.take(kNow).has_value());
  EXPECT_EQ(queue.take(kNow + minutes{1}), blob_key("old"));
  queue.remove(blob_key("old"));
  EXPECT_EQ(queue.oldest(), kNow);
}

TEST(Subscription, StartsAreAtLeast15MinutesApart) {
  SeededRandom random(1);
  SubscriptionKeeper keeper;
  keeper.listed(false, false);
  EXPECT_TRUE(keeper.wants_start(kNow));
  keeper.sent();
  EXPECT_FALSE(keeper.wants_start(kNow));
  keeper.succeeded(kNow);
  EXPECT_GE(keeper.missing(kNow + minutes{1}, random), kNow + minutes{1} + seconds{30});
  EXPECT_TRUE(keeper.enabled());
  keeper.missing(kNow + minutes{15}, random);
  EXPECT_TRUE(keeper.wants_start(kNow + minutes{15}));
  keeper.sent();
  keeper.refused(kNow + minutes{15}, seconds{1});
  EXPECT_FALSE(keeper.wants_start(kNow + minutes{29}));
  EXPECT_TRUE(keeper.wants_start(kNow + minutes{30}));
}

TEST(VendorClock, NeverRunsBackwardsAndFollowsTheVendorBeyondFiveMinutes) {
  VendorClock clock;
  clock.tick(kNow);
  EXPECT_FALSE(clock.sure());
  EXPECT_FALSE(clock.observe(kNow + minutes{4}).has_value());
  EXPECT_EQ(clock.vendor_now(), kNow);
  EXPECT_EQ(clock.observe(kNow - minutes{20}), minutes{20});
  EXPECT_EQ(clock.vendor_now(), kNow - minutes{20});
  EXPECT_TRUE(clock.sure());
  const TimePoint before = clock.now();
  clock.tick(kNow - hours{24});
  EXPECT_EQ(clock.now(), before);
  EXPECT_FALSE(clock.sure());
  EXPECT_EQ(clock.vendor_now(), kNow - minutes{20});
  EXPECT_EQ(clock.wall(clock.now() + minutes{1}), kNow - hours{24} + minutes{1});
}

}  // namespace
}  // namespace cistern::connectors::microsoft_365::test
