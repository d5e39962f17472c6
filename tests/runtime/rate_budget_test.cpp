#include "runtime/rate_budget.hpp"

#include <gtest/gtest.h>

namespace cistern::runtime {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

int take_all(RateBudget& budget, Duration now) {
  int taken = 0;
  while (budget.take(now) == Duration{0})
    ++taken;
  return taken;
}

TEST(RateBudget, AllowsTheBurstAtOnceAndThenTheRate) {
  RateBudget budget(60, 10, Duration{0});
  EXPECT_EQ(take_all(budget, Duration{0}), 10);
  EXPECT_EQ(take_all(budget, seconds{5}), 5);
  EXPECT_EQ(take_all(budget, minutes{10}), 10) << "permits are saved up to the burst only";
}

TEST(RateBudget, SaysHowLongToWaitAndKeepsItsWord) {
  RateBudget budget(60, 1, Duration{0});
  ASSERT_EQ(budget.take(Duration{0}), Duration{0});
  const Duration wait = budget.take(Duration{0});
  EXPECT_GE(wait, seconds{1});
  EXPECT_LT(wait, seconds{2});
  EXPECT_EQ(budget.take(wait), Duration{0});
}

TEST(RateBudget, HalvesWhenThrottledAndGrowsBack) {
  RateBudget budget(120, 10, Duration{0});
  budget.slow_down(Duration{0});
  EXPECT_DOUBLE_EQ(budget.per_minute(), 60);
  EXPECT_EQ(take_all(budget, Duration{0}), 0) << "saved permits are given up";
  (void)budget.take(minutes{2});
  EXPECT_NEAR(budget.per_minute(), 84, 0.1);
  (void)budget.take(minutes{60});
  EXPECT_DOUBLE_EQ(budget.per_minute(), 120);
}

TEST(RateBudget, RefusalsOfRequestsSentTogetherCountOnce) {
  RateBudget budget(160, 10, Duration{0});
  for (int i = 0; i < 8; ++i)
    budget.slow_down(Duration{0});
  EXPECT_DOUBLE_EQ(budget.per_minute(), 80);
}

TEST(RateBudget, NeverFallsBelowASixteenth) {
  RateBudget budget(160, 10, Duration{0});
  for (int i = 0; i < 20; ++i)
    budget.slow_down(seconds{2 * i});
  EXPECT_GE(budget.per_minute(), 10.0);
  EXPECT_LT(budget.per_minute(), 11.0);
}

TEST(RateBudgets, ShareOneBudgetByName) {
  RateBudgets budgets;
  const auto first = budgets.get("tenant", 60, 1, Duration{0});
  const auto second = budgets.get("tenant", 60, 1, Duration{0});
  const auto other = budgets.get("other", 60, 1, Duration{0});
  EXPECT_EQ(first->take(Duration{0}), Duration{0});
  EXPECT_GT(second->take(Duration{0}), Duration{0});
  EXPECT_EQ(other->take(Duration{0}), Duration{0});
}

}  // namespace
}  // namespace cistern::runtime
