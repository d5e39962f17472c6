#include "journal/write/group_pace.hpp"

#include <gtest/gtest.h>

namespace cistern::journal {
namespace {

constexpr Duration kGroupDelay = std::chrono::milliseconds{200};
constexpr Duration kIdleDelay = std::chrono::seconds{5};

/// A pace whose permits for small groups at once are used up.
GroupPace worn_out() {
  GroupPace pace(1ULL << 20, kGroupDelay, kIdleDelay);
  OpenGroup group;
  group.prompt = true;
  for (int i = 0; i < 1000; ++i) {
    if (pace.wait(group, Duration{0}) > Duration{0}) break;
  }
  return pace;
}

TEST(GroupPace, ATrickleOfRecordsSharesGroups) {
  auto pace = worn_out();
  OpenGroup group;
  group.prompt = true;
  EXPECT_EQ(pace.wait(group, Duration{0}), kGroupDelay);
  EXPECT_EQ(pace.wait(group, std::chrono::milliseconds{150}), std::chrono::milliseconds{50});
}

TEST(GroupPace, ASilentSenderWaitsAFewMillisecondsOnly) {
  auto pace = worn_out();
  OpenGroup group;
  group.prompt = true;
  group.awaited = true;
  const auto wait = pace.wait(group, Duration{0});
  EXPECT_GT(wait, Duration{0}) << "nobody else could share the sync";
  EXPECT_LE(wait, std::chrono::milliseconds{10});
  EXPECT_LE(pace.wait(group, wait), Duration{0});
}

TEST(GroupPace, ALargeGroupWaitsForNothing) {
  auto pace = worn_out();
  OpenGroup group;
  group.prompt = true;
  group.bytes = 1ULL << 20;
  EXPECT_EQ(pace.wait(group, Duration{0}), Duration{0});
}

}  // namespace
}  // namespace cistern::journal
