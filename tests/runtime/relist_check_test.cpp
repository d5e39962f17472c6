#include "runtime/poll/relist_check.hpp"

#include <gtest/gtest.h>

namespace cistern::runtime {
namespace {

TimePoint at(std::string_view text) {
  return *parse_time("2026-03-02T" + std::string{text} + ":00Z");
}

OfferedItem offered(const std::string& item, std::string_view available = "09:00") {
  return {.stream = "audit",
          .item = item,
          .available = at(available),
          .expires = at(available),
          .done_key = "seen/" + item};
}

journal::LedgerRow row(const std::string& item, CoverageState state, std::uint64_t of = 3,
                       std::uint64_t stored = 3) {
  journal::LedgerRow row;
  row.coverage.stream = "audit";
  row.coverage.kind = "blob";
  row.coverage.item = item;
  row.coverage.state = state;
  row.coverage.reason = "404";
  row.coverage.offered = of;
  row.stored = stored;
  return row;
}

class RelistCheck : public ::testing::Test {
 protected:
  RelistResult check(const std::vector<OfferedItem>& items) const {
    return check_relisted(items, ledger, position, {{"audit", at("10:00")}});
  }
  std::vector<journal::LedgerRow> ledger;
  Position position;
};

TEST_F(RelistCheck, WhatTheLedgerOrThePositionHasIsStored) {
  ledger.push_back(row("b1", CoverageState::whole));
  position["seen/b2"] = "x";
  const auto result = check({offered("b1"), offered("b2")});
  EXPECT_TRUE(result.sound());
  EXPECT_EQ(result.counts.at(ItemStanding::stored), 2U);
}

TEST_F(RelistCheck, WhatNobodyKnowsIsMissingUnlessItIsStillToBeListed) {
  const auto result = check({offered("b2", "09:30"), offered("b1"), offered("b3", "10:00")});
  EXPECT_FALSE(result.sound());
  ASSERT_EQ(result.findings.size(), 2U);
  EXPECT_EQ(result.findings[0].item.item, "b1") << "in order of time";
  EXPECT_EQ(result.findings[1].standing, ItemStanding::missing);
  EXPECT_EQ(result.counts.at(ItemStanding::reading), 1U);
}

TEST_F(RelistCheck, LostAndShortItemsAreNamedWithTheReason) {
  ledger.push_back(row("b1", CoverageState::lost));
  ledger.push_back(row("b2", CoverageState::whole, 5, 4));
  ledger.push_back(row("b3", CoverageState::partial));
  const auto result = check({offered("b1"), offered("b2"), offered("b3")});
  ASSERT_EQ(result.findings.size(), 2U);
  EXPECT_EQ(result.findings[0].reason, "404");
  EXPECT_EQ(result.findings[1].standing, ItemStanding::short_of);
  EXPECT_EQ(result.findings[1].reason, "5 records offered, 4 stored");
}

TEST_F(RelistCheck, AnItemOfTwoPagesCountsOnce) {
  position["seen/b1"] = "x";
  EXPECT_EQ(check({offered("b1"), offered("b1")}).counts.at(ItemStanding::stored), 1U);
}

}  // namespace
}  // namespace cistern::runtime
