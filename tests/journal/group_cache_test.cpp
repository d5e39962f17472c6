#include "journal/segment/group_cache.hpp"

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace cistern::journal {
namespace {

std::shared_ptr<const Group> group(Sequence first, Sequence last, std::size_t bytes = 100) {
  auto made = std::make_shared<Group>();
  made->first = first;
  made->last = last;
  made->lines = std::string(bytes, 'x');
  return made;
}

TEST(GroupCache, FindsTheGroupThatHoldsASequence) {
  GroupCache cache(1U << 20);
  cache.put(group(1, 10));
  cache.put(group(21, 30));
  EXPECT_EQ(cache.find(10)->first, 1U);
  EXPECT_EQ(cache.find(21)->first, 21U);
  EXPECT_EQ(cache.find(11), nullptr);
  EXPECT_EQ(cache.find(31), nullptr);
}

TEST(GroupCache, TheOldestGiveWayAtTheLimit) {
  GroupCache cache(10'000);
  for (Sequence first = 1; first <= 10; ++first)
    cache.put(group(first, first, 3000));
  EXPECT_EQ(cache.find(1), nullptr);
  EXPECT_NE(cache.find(10), nullptr);
}

TEST(GroupCache, WhatNobodyUsedBetweenTwoRestsIsForgotten) {
  GroupCache cache(1U << 20);
  cache.put(group(1, 10));
  EXPECT_FALSE(cache.rest()) << "put in just now";
  EXPECT_NE(cache.find(5), nullptr);
  EXPECT_FALSE(cache.rest()) << "a reader has just found it";
  EXPECT_EQ(cache.find(11), nullptr);
  const auto held = cache.find(5);
  cache.rest();
  EXPECT_TRUE(cache.rest());
  EXPECT_EQ(cache.find(5), nullptr);
  EXPECT_EQ(held->last, 10U) << "a reader keeps what it holds";
  EXPECT_FALSE(cache.rest()) << "there was nothing left";
  cache.put(group(11, 12));
  EXPECT_NE(cache.find(11), nullptr);
}

}  // namespace
}  // namespace cistern::journal
