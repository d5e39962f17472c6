// What the store has lost is told to whoever can ask for it again.
#include "journal_fixture.hpp"

#include <algorithm>
#include <atomic>

#include <gmock/gmock.h>

namespace cistern::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

constexpr std::uint64_t kEach = 4;

Commit content(std::uint64_t number) {
  Commit commit = numbered("a", number * kEach + 1, kEach);
  commit.coverage.push_back({.stream = "audit",
                             .kind = "blob",
                             .item = "blob-" + std::to_string(number),
                             .from = TimePoint{std::chrono::seconds{1'750'000'000}},
                             .to = TimePoint{std::chrono::seconds{1'750'000'000}},
                             .reason = {},
                             .offered = kEach});
  return commit;
}

class DamageTest : public JournalTest {
 protected:
  /// Three contents in a group each; returns where the data of each group begins.
  std::vector<std::size_t> make_store() {
    open();
    for (std::uint64_t number = 0; number < 3; ++number) {
      EXPECT_EQ(commit_and_wait(*journal_, content(number))->stored, kEach);
      // What arrived together cannot be told apart where a group can be read no more.
      clock_.advance(std::chrono::hours{2});
    }
    close();
    const std::string bytes = slurp(segments().back());
    std::vector<std::size_t> groups;
    for (auto at = bytes.find("\x28\xB5\x2F\xFD"); at != std::string::npos;
         at = bytes.find("\x28\xB5\x2F\xFD", at + 1)) {
      groups.push_back(at);
    }
    return groups;
  }
  void flip(std::size_t at) {
    std::string bytes = slurp(segments().front());
    bytes[at] = static_cast<char>(bytes[at] ^ 0x04);
    spit(segments().front(), bytes);
  }
  /// Items of the connector in that state.
  std::vector<std::string> items(CoverageState state) {
    const auto damage = journal_->damage("a");
    std::vector<std::string> names;
    for (const Coverage& row : damage->items) {
      if (row.kind == "blob" && row.state == state) names.push_back(row.item);
    }
    return names;
  }
  void expect_stored_again() {
    EXPECT_THAT(items(CoverageState::damaged), Contains("blob-1"));
    EXPECT_THAT(items(CoverageState::whole), Contains("blob-2"));
    const auto damage = journal_->damage("a");
    EXPECT_EQ(damage->through, 2 * kEach);
    ASSERT_FALSE(damage->items.empty());
    EXPECT_EQ(damage->items[0].kind, kMendedKind);
    EXPECT_EQ(damage->items[0].item, "5-8");
    EXPECT_EQ(damage->items[0].state, CoverageState::damaged);
    // The vendor gives everything again: what is gone is stored, the rest is known.
    for (std::uint64_t number = 0; number < 3; ++number) {
      const auto again = commit_and_wait(*journal_, content(number));
      ASSERT_TRUE(again.has_value());
      EXPECT_EQ(again->stored, number == 1 ? kEach : 0) << number;
    }
    EXPECT_THAT(items(CoverageState::damaged), ElementsAre());
    EXPECT_THAT(items(CoverageState::whole), ElementsAre("blob-0", "blob-1", "blob-2"));
  }
  /// Waits until the journal tells that events are gone.
  void read_and_wait_for_damage() {
    auto told = std::make_shared<std::promise<void>>();
    auto once = std::make_shared<std::atomic<bool>>(false);
    const auto listener = journal_->on_damage([told, once] {
      if (!once->exchange(true)) told->set_value();
    });
    const Seen seen = read_all(*journal_);
    EXPECT_EQ(seen.raws.size(), 2 * kEach);
    EXPECT_EQ(told->get_future().wait_for(kPatience), std::future_status::ready);
    journal_->remove_listener(listener);
  }
};

TEST_F(DamageTest, WhatAReaderFindsIsToldWithItsRows) {
  const auto groups = make_store();
  ASSERT_EQ(groups.size(), 3U);
  flip(groups[1] + 20);
  open();
  EXPECT_EQ(journal_->damage("a")->through, 0U);
  EXPECT_TRUE(journal_->damage("a")->items.empty());
  read_and_wait_for_damage();
  EXPECT_THAT(items(CoverageState::damaged), ElementsAre("blob-1"));
  expect_stored_again();
  close();
  open();
  EXPECT_THAT(items(CoverageState::damaged), ElementsAre());
  close();
}

TEST_F(DamageTest, TheIndexKnowsTheRowsOfAGroupThatCannotBeReadAtAll) {
  const auto groups = make_store();
  ASSERT_EQ(groups.size(), 3U);
  flip(groups[1] + 20);
  flip(groups[2] - 20);  // The end of the control frame before.
  open();
  read_and_wait_for_damage();
  // What arrived at the same moment as the events before it is asked for once more as well.
  EXPECT_THAT(items(CoverageState::damaged), ElementsAre("blob-0", "blob-1"));
  expect_stored_again();
  close();
}

TEST_F(DamageTest, WhatTheStartFindsIsToldWithItsRows) {
  const auto groups = make_store();
  ASSERT_EQ(groups.size(), 3U);
  flip(groups[1] + 20);
  remove_index();
  open();
  ASSERT_TRUE(commit_and_wait(*journal_, CommitMaker{"b"}.state("k", "v").take()).has_value());
  expect_stored_again();
  close();
}

TEST_F(DamageTest, ContentsWhoseCommitIsGoneWholeAreNotInTheLedger) {
  const auto groups = make_store();
  ASSERT_EQ(groups.size(), 3U);
  flip(groups[1] + 20);
  flip(groups[2] - 20);
  remove_index();
  open();
  ASSERT_TRUE(commit_and_wait(*journal_, CommitMaker{"b"}.state("k", "v").take()).has_value());
  EXPECT_EQ(journal_->damage("a")->through, 2 * kEach);
  EXPECT_THAT(items(CoverageState::whole), ElementsAre("blob-0", "blob-2"));
  EXPECT_THAT(items(CoverageState::damaged), ElementsAre());
  EXPECT_EQ(commit_and_wait(*journal_, content(1))->stored, kEach);
  close();
}

}  // namespace
}  // namespace cistern::test
