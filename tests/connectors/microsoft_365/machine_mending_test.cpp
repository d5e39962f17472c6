// The store has lost what the position calls done: the machine asks the vendor again.
#include "connectors/microsoft_365/machine_bench.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::microsoft_365::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

/// A week of contents, one a day, all stored.
class MachineMending : public testing::Test {
 protected:
  MachineMending() {
    for (int day = 1; day < 7; ++day) {
      FakeBlob blob;
      blob.id = name(day);
      blob.created = bench.now - hours{24 * day};
      blob.expires = blob.created + hours{24 * 7};
      blob.records = {blob.id + "-a", blob.id + "-b"};
      bench.vendor.add("Audit.Exchange", blob);
    }
    bench.start();
    bench.run_for(minutes{10});
    EXPECT_THAT(bench.ids(), SizeIs(12));
  }
  static std::string name(int day) { return "day-" + std::to_string(day); }

  /// The disk takes a content; what the journal then tells.
  StoreDamage lose(int day) {
    std::erase_if(bench.store.records, [&](const auto& record) {
      return record.second.find(name(day) + "-") != std::string::npos;
    });
    StoreDamage damage{.through = 6, .items = bench.ledger()};
    damage.items.push_back(gone());
    for (Coverage& row : damage.items) {
      if (row.item != name(day)) continue;
      row.state = CoverageState::damaged;
      row.reason = "events 5 to 6: the group is damaged on the disk";
    }
    return damage;
  }
  /// The sequences that nobody can read any more.
  static Coverage gone() {
    Coverage row;
    row.kind = kMendedKind;
    row.item = "5-6";
    row.state = CoverageState::damaged;
    return row;
  }
  [[nodiscard]] std::vector<Coverage> rows_of(int day) const {
    std::vector<Coverage> rows;
    for (const Coverage& row : bench.store.coverage) {
      if (row.item == name(day)) rows.push_back(row);
    }
    return rows;
  }

  MachineBench bench;
};

TEST_F(MachineMending, WhatIsGoneIsFetchedAgainAndNothingElse) {
  const auto fetched = [&](int day) { return bench.vendor.count("/audit/" + name(day)); };
  const auto damage = lose(4);
  bench.damage(damage);
  bench.run_for(minutes{3});
  EXPECT_THAT(bench.ids(), SizeIs(12));
  EXPECT_EQ(bench.store.repeated, 0U);
  for (int day = 1; day < 7; ++day)
    EXPECT_EQ(fetched(day), day == 4 ? 2U : 1U) << day;
  EXPECT_EQ(rows_of(4).back().state, CoverageState::whole);
  EXPECT_TRUE(bench.told_code("microsoft_365/asked-again"));
  const auto mended = bench.rows(kMendedKind, CoverageState::whole);
  ASSERT_THAT(mended, SizeIs(1));
  EXPECT_EQ(mended[0].item, "5-6");
  EXPECT_LE(mended[0].from, bench.now - hours{24 * 6});
  const auto notices = bench.told(Report::Kind::notice);
  ASSERT_THAT(notices, Not(IsEmpty()));
  EXPECT_EQ(notices.back().failure.code, "microsoft_365/asked-again");
  EXPECT_EQ(notices.back().failure.next_step, "") << "the notice ends when all is made good";
  // The next start is told of the same damage, which is made good.
  bench.start();
  StoreDamage later{.through = 6, .items = bench.ledger()};
  later.items.push_back(gone());
  bench.damage(later);
  bench.run_for(minutes{3});
  EXPECT_EQ(fetched(4), 2U);
  EXPECT_THAT(bench.rows(kMendedKind, CoverageState::whole), SizeIs(1));
}

TEST_F(MachineMending, ARestartInTheMiddleForgetsNothing) {
  const auto damage = lose(3);
  bool failing = true;
  bench.vendor.fault = [&](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (!failing || request.url.find("/audit/") == std::string::npos) return std::nullopt;
    return answer(500, error_body("AF50000"), now);
  };
  bench.damage(damage);
  bench.run_for(minutes{3});
  EXPECT_THAT(bench.ids(), SizeIs(10));
  EXPECT_THAT(bench.rows(kMendedKind, CoverageState::whole), IsEmpty());
  EXPECT_THAT(bench.rows("blob", CoverageState::partial), IsEmpty()) << "it is damaged until whole";
  EXPECT_NE(bench.told(Report::Kind::notice).back().failure.next_step, "") << "the notice stands";
  failing = false;
  bench.start();
  bench.damage(damage);
  bench.run_for(minutes{20});
  EXPECT_THAT(bench.ids(), SizeIs(12));
  EXPECT_EQ(rows_of(3).back().state, CoverageState::whole);
  EXPECT_THAT(bench.rows(kMendedKind, CoverageState::whole), Not(IsEmpty()));
}

TEST_F(MachineMending, WhatTheVendorListsNoMoreIsLostWithItsReason) {
  const auto damage = lose(6);
  bench.start();
  bench.run_for(hours{30});
  bench.damage(damage);
  bench.run_for(hours{2});
  EXPECT_THAT(bench.ids(), SizeIs(10));
  ASSERT_THAT(rows_of(6), Not(IsEmpty()));
  EXPECT_EQ(rows_of(6).back().state, CoverageState::lost);
  EXPECT_THAT(rows_of(6).back().reason, HasSubstr("damaged on the disk; the vendor does not list"));
  EXPECT_THAT(bench.told(Report::Kind::lost), SizeIs(1));
}

TEST_F(MachineMending, WhatTheVendorStillListsIsNotGivenUp) {
  const auto damage = lose(2);
  bool hidden = true;
  bench.vendor.fault = [&](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (!hidden || request.url.find("/audit/") == std::string::npos) return std::nullopt;
    return answer(503, "away", now);
  };
  bench.damage(damage);
  bench.run_for(hours{20});
  EXPECT_THAT(bench.rows("blob", CoverageState::lost), IsEmpty());
  hidden = false;
  bench.run_for(minutes{20});
  EXPECT_THAT(bench.ids(), SizeIs(12));
}

TEST_F(MachineMending, AContentWhoseRowIsGoneAsWellIsFetchedAgain) {
  auto damage = lose(5);
  std::erase_if(damage.items, [](const Coverage& row) { return row.item == name(5); });
  bench.damage(damage);
  bench.run_for(minutes{3});
  EXPECT_THAT(bench.ids(), SizeIs(12));
  EXPECT_EQ(bench.store.repeated, 0U);
  EXPECT_EQ(bench.vendor.count("/audit/" + name(5)), 2U);
  EXPECT_THAT(bench.rows(kMendedKind, CoverageState::whole), SizeIs(1));
}

}  // namespace
}  // namespace cistern::connectors::microsoft_365::test
