#include "base/clock.hpp"

#include "base/backoff.hpp"

#include <gtest/gtest.h>

namespace cistern {
namespace {

using namespace std::chrono_literals;

TEST(Clock, ManualTimeMovesOnlyWhenPushed) {
  ManualClock clock{TimePoint{100s}};
  clock.advance(5s);
  EXPECT_EQ(clock.now(), TimePoint{105s});
  EXPECT_EQ(clock.steady(), 5s);
  clock.jump(-1h);
  EXPECT_EQ(clock.now(), TimePoint{105s - 1h});
  EXPECT_EQ(clock.steady(), 5s);
}

TEST(Clock, SystemTimeIsOfThisCentury) {
  const SystemClock clock;
  EXPECT_GT(clock.now(), TimePoint{1'700'000'000s});
  const Duration before = clock.steady();
  EXPECT_GE(clock.steady(), before);
}

TEST(Backoff, DoublesUpToItsBoundWithJitterInTheUpperHalf) {
  SeededRandom random{1};
  const Backoff backoff{.first = 4s, .most = 60s};
  for (unsigned attempt : {0U, 1U, 2U, 3U, 4U, 10U, 4'000'000'000U}) {
    const Duration full = attempt > 3 ? Duration{60s} : Duration{4s} * (1 << attempt);
    for (int i = 0; i < 50; ++i) {
      const Duration delay = backoff.delay(attempt, random);
      EXPECT_GE(delay, full / 2);
      EXPECT_LE(delay, full);
    }
  }
}

}  // namespace
}  // namespace cistern
