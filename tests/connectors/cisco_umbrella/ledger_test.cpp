// Which objects are done with: exact, small, and bounded.
#include "connectors/cisco_umbrella/ledger.hpp"

#include "connectors/cisco_umbrella/listing_plan.hpp"

#include <cstdlib>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

namespace cistern::connectors::cisco_umbrella::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

TimePoint at(std::string_view text) {
  return parse_time(text).value();
}

ObjectKey object(TimePoint slot, std::uint32_t number) {
  return {.log = "dnslogs",
          .minute = std::chrono::floor<minutes>(slot.time_since_epoch()).count(),
          .suffix = suffix_text(number + 1)};
}

void keep(const StateChange& change, Position& position) {
  if (change.value) {
    position[change.key] = *change.value;
  } else {
    position.erase(change.key);
  }
}

TEST(UmbrellaKeys, AreTakenApartAndPutTogether) {
  const auto key =
      parse_object_key("2003477_0a/", "2003477_0a/dnslogs/2026-01-05/2026-01-05-08-30-1f0C.csv.gz");
  ASSERT_TRUE(key);
  EXPECT_EQ(key->log, "dnslogs");
  EXPECT_EQ(key->suffix, "1f0C");
  EXPECT_EQ(key->slot(), at("2026-01-05T08:30:00Z"));
  EXPECT_EQ(format_object_key("2003477_0a/", *key),
            "2003477_0a/dnslogs/2026-01-05/2026-01-05-08-30-1f0C.csv.gz");
  EXPECT_TRUE(parse_object_key("", "dnslogs/2026-01-05/2026-01-05-08-30.csv.gz"));
  EXPECT_EQ(suffix_text(suffix_number("1f0C")), "1f0C");
  EXPECT_EQ(suffix_text(suffix_number("zzzz")), "zzzz");
  EXPECT_EQ(suffix_text(suffix_number("0000")), "0000");
  EXPECT_EQ(suffix_number(""), 0U);
}

TEST(UmbrellaKeys, WhatIsNoneIsLeftAlone) {
  for (const auto* key :
       {"README_FROM_UMBRELLA.txt", "dnslogs/", "dnslogs/2026-01-05/",
        "dnslogs/2026-01-05/2026-01-06-08-30-1f0c.csv.gz",
        "dnslogs/2026-13-05/2026-13-05-08-30-1f0c.csv.gz",
        "dnslogs/2026-01-05/2026-01-05-25-30-1f0c.csv.gz",
        "dnslogs/2026-01-05/2026-01-05-08-30-1f0.csv.gz",
        "dnslogs/2026-01-05/2026-01-05-08-30-1f0c.csv", "a/b/2026-01-05/2026-01-05-08-30.csv.gz",
        "dnslogs/2026-01-05/2026-01-05-08-30-1f_c.csv.gz"}) {
    EXPECT_FALSE(parse_object_key("", key)) << key;
  }
}

TEST(UmbrellaKeys, AListingBeginsBeforeEverySuffixOfItsSlot) {
  const std::string start = slot_start("f/", "dnslogs", at("2026-01-05T08:30:00Z"));
  EXPECT_EQ(start, "f/dnslogs/2026-01-05/2026-01-05-08-30");
  EXPECT_LT(start, "f/dnslogs/2026-01-05/2026-01-05-08-30-0000.csv.gz");
  EXPECT_LT(start, "f/dnslogs/2026-01-05/2026-01-05-08-30.csv.gz");
  EXPECT_GT(start, "f/dnslogs/2026-01-05/2026-01-05-08-20-zzzz.csv.gz");
}

TEST(UmbrellaLedger, RemembersAcrossARestartWhatWasAddedAndNothingElse) {
  Ledger ledger("dnslogs");
  Position position;
  const TimePoint slot = at("2026-01-05T08:30:00Z");
  std::size_t largest = 0;
  for (std::uint32_t i = 0; i < 200; ++i) {
    const StateChange change = ledger.add(object(slot + minutes{i % 90}, i),
                                          {.version = i * 7, .records = i, .digest = ~i});
    largest = std::max(largest, change.key.size() + change.value->size());
    keep(change, position);
  }
  EXPECT_LE(largest, 2048U) << "a commit changes little";
  EXPECT_LE(position.size(), 12U) << "not a key for each object";
  Ledger again("dnslogs");
  again.restore(position);
  EXPECT_EQ(again.size(), 200U);
  for (std::uint32_t i = 0; i < 200; ++i) {
    const auto end = again.find(object(slot + minutes{i % 90}, i));
    ASSERT_TRUE(end) << i;
    EXPECT_EQ(*end, (ObjectEnd{.version = i * 7, .records = i, .digest = ~i}));
    EXPECT_TRUE(position.contains(*again.place_of(object(slot + minutes{i % 90}, i))));
  }
  EXPECT_FALSE(again.find(object(slot, 4711)));
  EXPECT_FALSE(again.find({.log = "dnslogs", .minute = object(slot, 0).minute, .suffix = ""}));
  // The latest word on an object counts, whichever chunk holds it.
  keep(again.add(object(slot, 0), {.version = 99}), position);
  Ledger third("dnslogs");
  third.restore(position);
  EXPECT_EQ(third.size(), 200U);
  EXPECT_EQ(third.find(object(slot, 0))->version, 99U);
}

TEST(UmbrellaLedger, WhatWasTakenBackIsNotWrittenAgain) {
  Ledger ledger("dnslogs");
  Position position;
  const TimePoint slot = at("2026-01-05T08:30:00Z");
  keep(ledger.add(object(slot, 1), {}), position);
  ledger.add(object(slot, 2), {});  // Its commit cannot be made.
  ledger.take_back(object(slot, 2), std::nullopt);
  keep(ledger.add(object(slot, 3), {}), position);
  Ledger again("dnslogs");
  again.restore(position);
  EXPECT_TRUE(again.find(object(slot, 1)));
  EXPECT_FALSE(again.find(object(slot, 2)));
  EXPECT_TRUE(again.find(object(slot, 3)));
}

TEST(UmbrellaLedger, ForgetsWhatCannotBeListedAnyMore) {
  Ledger ledger("dnslogs");
  Position position;
  const TimePoint first = at("2026-01-05T08:30:00Z");
  for (std::uint32_t i = 0; i < 480; ++i)
    keep(ledger.add(object(first + hours{i / 10}, i), {}), position);
  for (int round = 0; round < 100; ++round) {
    for (const StateChange& change : ledger.evict(first + hours{24}, 3))
      keep(change, position);
  }
  EXPECT_EQ(ledger.size(), 240U);
  Ledger again("dnslogs");
  again.restore(position);
  EXPECT_EQ(again.size(), 240U);
  EXPECT_EQ(again.floor(), TimePoint{});
}

TEST(UmbrellaLedger, BeyondItsBoundTheOldestGoAndAreNeverListedAgain) {
  Ledger ledger("dnslogs", 100);
  Position position;
  const TimePoint first = at("2026-01-05T08:00:00Z");
  for (std::uint32_t i = 0; i < 480; ++i)
    keep(ledger.add(object(first + hours{i / 10}, i), {}), position);
  for (const StateChange& change : ledger.evict(first - hours{1}, 1000))
    keep(change, position);
  EXPECT_LE(ledger.size(), 100U);
  EXPECT_EQ(ledger.floor(), first + hours{38});
  Ledger again("dnslogs", 100);
  again.restore(position);
  EXPECT_EQ(again.floor(), ledger.floor());
  ListingPlan plan({});
  plan.begin(first, first + hours{48}, std::nullopt);
  const TimePoint now = first + hours{72};
  const Chain* newest = plan.next(now, now, again.floor());
  ASSERT_NE(newest, nullptr);
  plan.end(Chain::Kind::newest, now);
  const Chain* sweep = plan.next(now, now, again.floor());
  ASSERT_NE(sweep, nullptr);
  EXPECT_EQ(sweep->kind, Chain::Kind::retention);
  EXPECT_EQ(sweep->from, again.floor());
}

TEST(UmbrellaLedger, RubbishInThePositionDoesNoHarm) {
  Position position{{"done/dnslogs/2026-01-05-08/00000",
                     "30-1f0c:s:1:1:1,zz,,99-1f0c:s:1:1:1,"
                     "31-2f0c:x:1:1:1,32-3f0c:s:1:1,33-4f0c:s"},
                    {"done/dnslogs/2026-01-05-99/00000", "30-1f0c:s:1:1:1"},
                    {"done/dnslogs/nonsense", "30-1f0c:s:1:1:1"}};
  Ledger ledger("dnslogs");
  ledger.restore(position);
  EXPECT_EQ(ledger.size(), 1U);
}

TEST(UmbrellaListingPlan, AfterAPauseEverythingSinceThenIsListedAndNoPageTwice) {
  ListingPlan plan({});
  const TimePoint now = at("2026-03-10T12:00:00Z");
  plan.begin(now - hours{24 * 10}, now - hours{50}, now - hours{1});
  const Chain* newest = plan.next(now, now, {});
  ASSERT_NE(newest, nullptr);
  EXPECT_EQ(newest->from, now - hours{51});
  plan.under_way(Chain::Kind::newest)->listed_at = now;
  plan.end(Chain::Kind::newest, now);
  const Chain* day = plan.next(now, now, {});
  ASSERT_NE(day, nullptr);
  EXPECT_EQ(day->kind, Chain::Kind::day);
  EXPECT_EQ(*day->until, now - hours{1}) << "the newest hour is not listed again";
  // The newest hour does not wait for a wide listing that is under way.
  const Chain* next = plan.next(now + minutes{5}, now + minutes{5}, {});
  ASSERT_NE(next, nullptr);
  EXPECT_EQ(next->kind, Chain::Kind::newest);
  EXPECT_EQ(next->from, now - hours{1});
}

TEST(UmbrellaListingPlan, TheBudgetHoldsOverTime) {
  RequestPace pace(60);
  TimePoint now = at("2026-03-10T12:00:00Z");
  int taken = 0;
  const TimePoint end = now + minutes{10};
  while (now < end) {
    const Duration wait = pace.take(now);
    if (wait == Duration{0}) {
      ++taken;
    } else {
      now += wait;
    }
  }
  EXPECT_LE(taken, 10 * 60 + 12);
  EXPECT_GE(taken, 10 * 60);
}

}  // namespace
}  // namespace cistern::connectors::cisco_umbrella::test
