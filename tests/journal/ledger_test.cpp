// Rows of the ledger.
#include "journal_fixture.hpp"

#include <gmock/gmock.h>

namespace cistern::test {
namespace {

TimePoint hour(int h) {
  return TimePoint{std::chrono::hours{24 * 20'000 + h}};
}

Coverage window(int from, int to, CoverageState state = CoverageState::whole) {
  return {.stream = "audit",
          .kind = "window",
          .item = {},
          .from = hour(from),
          .to = hour(to),
          .state = state,
          .reason = state == CoverageState::lost ? "expired" : "",
          .expires = {},
          .offered = 1};
}

class LedgerTest : public JournalTest {
 protected:
  void cover(const Coverage& row) {
    auto result = commit_and_wait(*journal_, CommitMaker{"a"}.coverage(row).take());
    ASSERT_TRUE(result.has_value()) << result.error().sentence();
  }
  /// "0-24 whole, 24-30 lost"
  std::string rows() {
    std::string text;
    const auto kept = *journal_->ledger("a");
    for (const journal::LedgerRow& row : kept) {
      if (!text.empty()) text += ", ";
      const auto hours = [](TimePoint t) {
        return std::to_string(std::chrono::duration_cast<std::chrono::hours>(t - hour(0)).count());
      };
      text += hours(row.coverage.from) + "-" + hours(row.coverage.to) + " " +
              std::string{to_string(row.coverage.state)};
    }
    return text;
  }
};

TEST_F(LedgerTest, AdjacentWholeWindowsBecomeOneRowWithTheirSums) {
  open();
  cover(window(0, 24));
  cover(window(48, 72));
  EXPECT_EQ(rows(), "0-24 whole, 48-72 whole");
  cover(window(20, 48));
  EXPECT_EQ(rows(), "0-72 whole");
  EXPECT_EQ(journal_->ledger("a")->front().coverage.offered, 3U);
  close();
  remove_index();
  open();
  EXPECT_EQ(rows(), "0-72 whole");
  EXPECT_EQ(journal_->ledger("")->front().coverage.offered, 3U);
}

TEST_F(LedgerTest, ALostWindowIsNeverCoveredUp) {
  open();
  cover(window(0, 10));
  cover(window(10, 12, CoverageState::lost));
  cover(window(12, 20));
  EXPECT_EQ(rows(), "0-10 whole, 10-12 lost, 12-20 whole");
  cover(window(5, 15));
  EXPECT_THAT(rows(), ::testing::HasSubstr("10-12 lost"));
  EXPECT_EQ(journal_->ledger("a")->size(), 4U);
}

TEST_F(LedgerTest, APartialWindowBecomesWhole) {
  open();
  cover(window(0, 10, CoverageState::partial));
  EXPECT_EQ(rows(), "0-10 partial");
  cover(window(0, 10));
  EXPECT_EQ(rows(), "0-10 whole");
  EXPECT_EQ(journal_->ledger("a")->front().coverage.offered, 2U);
  cover(window(0, 8, CoverageState::partial));
  EXPECT_EQ(rows(), "0-10 whole") << "what was whole stays whole";
  cover(window(0, 14, CoverageState::partial));
  EXPECT_EQ(rows(), "0-10 whole, 10-14 partial");
  cover(window(10, 14));
  EXPECT_EQ(rows(), "0-14 whole");
}

TEST_F(LedgerTest, ABlobReadInPartsIsOneRow) {
  open();
  const auto blob = [](CoverageState state, std::uint64_t offered) {
    return Coverage{.stream = "audit",
                    .kind = "blob",
                    .item = "blob-1",
                    .from = hour(1),
                    .to = hour(1),
                    .state = state,
                    .reason = {},
                    .expires = hour(168),
                    .offered = offered};
  };
  Commit first = numbered("a", 1, 3);
  first.coverage.push_back(blob(CoverageState::partial, 3));
  ASSERT_TRUE(commit_and_wait(*journal_, std::move(first)));
  Commit second = numbered("a", 3, 3);
  second.coverage.push_back(blob(CoverageState::whole, 3));
  ASSERT_TRUE(commit_and_wait(*journal_, std::move(second)));
  for (int round = 0; round < 2; ++round) {
    const auto rows = *journal_->ledger("a");
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].coverage.state, CoverageState::whole);
    EXPECT_EQ(rows[0].coverage.offered, 6U);
    EXPECT_EQ(rows[0].stored, 5U);
    EXPECT_EQ(rows[0].duplicates, 1U);
    EXPECT_EQ(rows[0].coverage.expires, hour(168));
    close();
    remove_index();
    open();
  }
}

TEST_F(LedgerTest, WholeBlobsGoAfterNineDaysAndLostOnesStay) {
  open();
  const TimePoint now = clock_.now();
  cover({.stream = "audit",
         .kind = "blob",
         .item = "whole",
         .from = now,
         .to = now,
         .state = CoverageState::whole,
         .reason = {}});
  cover({.stream = "audit",
         .kind = "blob",
         .item = "lost",
         .from = now,
         .to = now,
         .state = CoverageState::lost,
         .reason = "404"});
  clock_.advance(std::chrono::hours{24 * 10});
  cover({.stream = "audit",
         .kind = "blob",
         .item = "new",
         .from = clock_.now(),
         .to = clock_.now(),
         .state = CoverageState::whole,
         .reason = {}});
  cover({.stream = "audit",
         .kind = "blob",
         .item = "newer",
         .from = clock_.now(),
         .to = clock_.now(),
         .state = CoverageState::whole,
         .reason = {}});
  close();
  open();
  std::vector<std::string> items;
  const auto rows = *journal_->ledger("a");
  for (const auto& row : rows)
    items.push_back(row.coverage.item);
  EXPECT_THAT(items, ::testing::UnorderedElementsAre("lost", "new", "newer"));
}

}  // namespace
}  // namespace cistern::test
