#include "journal/index/completeness.hpp"

#include <gtest/gtest.h>

namespace cistern::journal {
namespace {

TimePoint hour(int number) {
  return *parse_time("2026-03-04T00:00:00Z") + std::chrono::hours{number};
}

LedgerRow window(int from, int to, CoverageState state, std::string reason = {}) {
  LedgerRow row;
  row.connector = "contoso";
  row.coverage.stream = "audit.exchange";
  row.coverage.kind = "window";
  row.coverage.from = hour(from);
  row.coverage.to = hour(to);
  row.coverage.state = state;
  row.coverage.reason = std::move(reason);
  return row;
}

LedgerRow blob(int at, CoverageState state, std::string item) {
  auto row = window(at, at, state, "gone");
  row.coverage.kind = "blob";
  row.coverage.item = std::move(item);
  return row;
}

TEST(Completeness, AdjacentWindowsAreCompleteThroughTheLast) {
  const std::vector rows{window(2, 5, CoverageState::whole), window(0, 2, CoverageState::whole)};
  const auto streams = completeness(rows, {});
  ASSERT_EQ(streams.size(), 1U);
  EXPECT_EQ(streams[0].from, hour(0));
  EXPECT_EQ(streams[0].through, hour(5));
  EXPECT_TRUE(streams[0].gaps.empty());
  EXPECT_TRUE(streams[0].whole());
}

TEST(Completeness, ALostWindowIsAGapAndDoesNotStopTheCount) {
  const std::vector rows{window(0, 2, CoverageState::whole),
                         window(2, 3, CoverageState::lost, "older than 7 days"),
                         window(3, 4, CoverageState::whole)};
  const auto streams = completeness(rows, {});
  ASSERT_EQ(streams[0].gaps.size(), 1U);
  EXPECT_EQ(streams[0].gaps[0].kind, Gap::Kind::lost);
  EXPECT_EQ(streams[0].gaps[0].from, hour(2));
  EXPECT_EQ(streams[0].gaps[0].to, hour(3));
  EXPECT_EQ(streams[0].gaps[0].reason, "older than 7 days");
  EXPECT_EQ(streams[0].through, hour(4));
  EXPECT_FALSE(streams[0].whole());
}

TEST(Completeness, TimeThatNobodyAskedForIsUnread) {
  const std::vector rows{window(0, 2, CoverageState::whole), window(4, 6, CoverageState::whole)};
  const auto streams = completeness(rows, {});
  ASSERT_EQ(streams[0].gaps.size(), 1U);
  EXPECT_EQ(streams[0].gaps[0].kind, Gap::Kind::unread);
  EXPECT_EQ(streams[0].gaps[0].from, hour(2));
  EXPECT_EQ(streams[0].gaps[0].to, hour(4));
}

TEST(Completeness, LostAndPendingBlobsAreNamedInOrderOfTime) {
  const std::vector rows{window(0, 9, CoverageState::whole), blob(7, CoverageState::lost, "late"),
                         blob(3, CoverageState::partial, "early"),
                         blob(5, CoverageState::whole, "sound")};
  const auto streams = completeness(rows, {});
  ASSERT_EQ(streams[0].gaps.size(), 2U);
  EXPECT_EQ(streams[0].gaps[0].item, "early");
  EXPECT_EQ(streams[0].gaps[0].kind, Gap::Kind::pending);
  EXPECT_EQ(streams[0].gaps[1].item, "late");
  EXPECT_EQ(streams[0].gaps[1].kind, Gap::Kind::lost);
}

TEST(Completeness, APendingBlobAloneIsNoLoss) {
  const std::vector rows{window(0, 9, CoverageState::whole),
                         blob(3, CoverageState::partial, "early")};
  EXPECT_TRUE(completeness(rows, {})[0].whole());
}

TEST(Completeness, AStreamWithEventsAndWithoutWindowsProvesNothing) {
  StreamTotals total;
  total.connector = "contoso";
  total.stream = "dlp.all";
  total.events = 7;
  const std::vector totals{total};
  const auto streams = completeness({}, totals);
  ASSERT_EQ(streams.size(), 1U);
  EXPECT_EQ(streams[0].stored, 7U);
  EXPECT_EQ(streams[0].through, TimePoint{});
}

}  // namespace
}  // namespace cistern::journal
