// How pages that move join each other.
#include "connectors/cisco_secure_endpoint/page_walk.hpp"

#include "connectors/cisco_secure_endpoint/identity.hpp"

#include <gtest/gtest.h>

namespace cistern::connectors::cisco_secure_endpoint::test {
namespace {

using Fate = PageWalk::Fate;
using std::chrono::seconds;

/// Record `n` is newer the larger it is.
PageItem item(int n, bool by_content = false) {
  return {make_identity({"test", std::to_string(n)}), TimePoint{seconds{1'000'000 + n}},
          by_content};
}

/// The page of a list from `newest` down to 1 that begins at `offset`.
std::vector<PageItem> page(int newest, std::uint64_t offset, unsigned limit) {
  std::vector<PageItem> out;
  for (int n = newest - static_cast<int>(offset); n >= 1 && out.size() < limit; --n)
    out.push_back(item(n));
  return out;
}

TEST(EndpointWalk, PagesOverlapAndEndWhereTheListEnds) {
  PageWalk walk(50);
  EXPECT_EQ(walk.take(page(120, 0, 50), true, 120).identities.size(), 50U);
  EXPECT_EQ(walk.offset(), 40U);
  const auto second = walk.take(page(120, 40, 50), true, 120);
  EXPECT_EQ(second.first, 10U);
  EXPECT_EQ(second.identities.size(), 40U);
  EXPECT_EQ(walk.offset(), 80U);
  const auto last = walk.take(page(120, 80, 50), false, 120);
  EXPECT_EQ(last.fate, Fate::finished);
  EXPECT_EQ(last.identities.size(), 30U);
}

TEST(EndpointWalk, WhatWasPushedDownIsKnownAgain) {
  PageWalk walk(50);
  walk.take(page(120, 0, 50), true, 120);
  const auto second = walk.take(page(125, 40, 50), true, 125);
  EXPECT_EQ(second.fate, Fate::go_on);
  EXPECT_EQ(second.first, 15U);
  EXPECT_EQ(second.identities.front(), item(70).identity);
}

TEST(EndpointWalk, APageThatIsAllNewerIsHandedOverAndPassedBy) {
  PageWalk walk(50);
  walk.take(page(120, 0, 50), true, 120);
  const auto second = walk.take(page(220, 40, 50), true, 220);
  EXPECT_EQ(second.fate, Fate::go_on);
  EXPECT_EQ(second.identities.size(), 50U);
  EXPECT_EQ(walk.offset(), 80U);
  walk.take(page(220, 80, 50), true, 220);
  const auto fourth = walk.take(page(220, walk.offset(), 50), true, 220);
  EXPECT_EQ(fourth.identities.front(), item(70).identity);
}

TEST(EndpointWalk, APageThatBeginsTooFarDownIsAskedForFurtherUp) {
  PageWalk walk(50);
  walk.take(page(120, 0, 50), true, 120);
  // Thirty records above vanished.
  const auto gap = walk.take(page(90, 40, 50), false, 90);
  EXPECT_EQ(gap.fate, Fate::again);
  EXPECT_EQ(walk.offset(), 0U);
  const auto found = walk.take(page(90, 0, 50), true, 90);
  EXPECT_EQ(found.fate, Fate::go_on);
  EXPECT_EQ(found.identities.front(), item(70).identity);
}

TEST(EndpointWalk, PagesThatNeverJoinTearTheWalk) {
  PageWalk walk(50);
  walk.take(page(500, 0, 50), true, 500);
  auto taken = walk.take({item(3), item(2)}, true, 500);
  for (int i = 0; i < 5 && taken.fate == Fate::again; ++i)
    taken = walk.take({item(3), item(2)}, true, 500);
  EXPECT_EQ(taken.fate, Fate::torn);
  PageWalk loose(50, true);
  loose.take(page(500, 0, 50), true, 500);
  EXPECT_EQ(loose.take({item(3), item(2)}, false, 500).identities.size(), 2U);
}

TEST(EndpointWalk, ALateRecordBetweenKnownOnesIsHandedOver) {
  PageWalk walk(20);
  walk.take(page(60, 0, 20), true, 60);
  std::vector<PageItem> items = page(60, 10, 20);
  items.insert(items.begin() + 5, item(1045));
  items.pop_back();
  const auto taken = walk.take(items, true, 61);
  EXPECT_EQ(taken.fate, Fate::go_on);
  EXPECT_EQ(taken.first, 0U);
  EXPECT_EQ(taken.identities[5], item(1045).identity);
}

TEST(EndpointWalk, ARecordThatIsMetAgainIsNotCountedAgain) {
  PageWalk walk(4);
  const PageItem twin = item(5, true);
  walk.take({item(9), item(8), twin, twin}, true, 7);
  // One came: both twins stand one place further down, and a third follows.
  const auto taken = walk.take({item(8), twin, twin, twin}, false, 8);
  EXPECT_EQ(taken.first, 3U);
  ASSERT_EQ(taken.identities.size(), 1U);
  EXPECT_EQ(taken.identities[0], occurrence(twin.identity, 2));
}

TEST(EndpointWalk, AnEmptyListIsAtItsEnd) {
  PageWalk walk(50);
  EXPECT_EQ(walk.take({}, false, 0).fate, Fate::finished);
  PageWalk odd(50);
  EXPECT_EQ(odd.take({}, true, 10).fate, Fate::torn);
}

TEST(EndpointWalk, PagesShrinkAndTheWalkStillEnds) {
  PageWalk walk(50);
  std::size_t seen = 0;
  for (int i = 0; i < 200; ++i) {
    const auto items = page(60, walk.offset(), 3);
    const bool more = walk.offset() + items.size() < 60;
    const auto taken = walk.take(items, more, 60);
    seen += taken.identities.size();
    if (taken.fate != Fate::go_on) break;
  }
  EXPECT_EQ(seen, 60U);
}

}  // namespace
}  // namespace cistern::connectors::cisco_secure_endpoint::test
