// The bounds of a commit and of the queue: each refuses by name and is counted, and costs nothing
// that was taken before.
#include "faulty_files.hpp"
#include "journal_fixture.hpp"

#include <thread>

#include <gmock/gmock.h>

namespace cistern::test {
namespace {

using ::testing::HasSubstr;

class BoundsTest : public JournalTest {
 protected:
  BoundsTest() { options_.path = "/machine/store"; }
  ~BoundsTest() override { close(); }

  void expect_refused(Commit commit, const std::string& why) {
    const auto before = journal_->health().commits_refused;
    const auto result = commit_and_wait(*journal_, std::move(commit));
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, "journal/misuse");
    EXPECT_THAT(result.error().cause, HasSubstr(why));
    EXPECT_EQ(journal_->health().commits_refused, before + 1);
    EXPECT_EQ(journal_->health().last, 0U);
  }
  static Commit of(std::shared_ptr<const std::string> raw, std::size_t records) {
    Commit commit;
    commit.connector = "a";
    Record record;
    record.identity = make_identity({"large"});
    record.stream = "audit";
    record.raw = *raw;
    commit.records.assign(records, record);
    commit.owners.push_back(std::move(raw));
    return commit;
  }
  static std::shared_ptr<const std::string> text(std::size_t size) {
    return std::make_shared<const std::string>(R"({"a":")" + std::string(size, 'x') + "\"}");
  }

  FaultyFiles files_in_memory_;
};

TEST_F(BoundsTest, ACommitOfMoreThanAMillionRecordsIsRefusedByName) {
  open(files_in_memory_);
  expect_refused(of(text(1), (1U << 20) + 1), "more than a million records");
  EXPECT_EQ(commit_and_wait(*journal_, of(text(1), 1))->stored, 1U);
}

TEST_F(BoundsTest, SeveralRecordsBeyondACommitAreRefusedAndALargeOneAloneIsStored) {
  open(files_in_memory_);
  expect_refused(of(text(5U << 20), 2), "more than 8 MiB of records");
  expect_refused(of(text(65U << 20), 1), "a record is larger than 64 MiB");
  const auto large = text(20U << 20);
  ASSERT_EQ(commit_and_wait(*journal_, of(large, 1))->stored, 1U);
  const Seen seen = read_all(*journal_);
  ASSERT_EQ(seen.raws.size(), 1U);
  EXPECT_TRUE(seen.raws[0] == *large);
  close();
  open(files_in_memory_);
  EXPECT_TRUE(read_all(*journal_).raws[0] == *large);
  EXPECT_EQ(commit_and_wait(*journal_, of(large, 1))->duplicates, 1U);
}

TEST_F(BoundsTest, AQueueThatIsFullRefusesAndKeepsWhatItHas) {
  open(files_in_memory_);
  files_in_memory_.set_room(0);
  const auto raw = text((8U << 20) - 100);
  std::atomic<unsigned> stored = 0;
  std::atomic<unsigned> known = 0;
  unsigned accepted = 0;
  std::optional<Failure> refused;
  std::mutex mutex;
  for (; accepted < 100 && !refused; ++accepted) {
    journal_->commit(of(raw, 1), [&](const Result<CommitResult>& result) {
      const std::lock_guard lock{mutex};
      if (!result) {
        refused = result.error();
        return;
      }
      stored += static_cast<unsigned>(result->stored);
      known += static_cast<unsigned>(result->duplicates);
    });
  }
  --accepted;
  // 512 MiB in the queue, and what the writer holds.
  EXPECT_GE(accepted, 60U);
  EXPECT_LE(accepted, 70U);
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->code, "journal/queue-full");
  EXPECT_THAT(refused->cause, HasSubstr("commits wait to be written"));
  EXPECT_EQ(refused->verdict, Verdict::retry);
  EXPECT_EQ(journal_->health().commits_refused, 1U);
  files_in_memory_.set_room(std::nullopt);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (stored + known < accepted && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  EXPECT_EQ(stored + known, accepted);
  EXPECT_EQ(stored, 1U);
}

TEST_F(BoundsTest, NothingIsStoredBehindACommitOfItsChainThatCouldNotBeMade) {
  open(files_in_memory_);
  const auto chained = [](Commit commit, const std::shared_ptr<CommitChain>& chain) {
    commit.chain = chain;
    return commit;
  };
  const auto chain = std::make_shared<CommitChain>();
  EXPECT_EQ(commit_and_wait(*journal_, chained(numbered("a", 1, 3), chain))->stored, 3U);
  EXPECT_EQ(commit_and_wait(*journal_, chained(of(text(5U << 20), 2), chain)).error().code,
            "journal/misuse");
  const auto behind = commit_and_wait(*journal_, chained(numbered("a", 4, 3), chain));
  ASSERT_FALSE(behind.has_value());
  EXPECT_EQ(behind.error().code, "journal/behind-failed");
  EXPECT_EQ(behind.error().verdict, Verdict::stop);
  EXPECT_EQ(*journal_->position("a"), (Position{{"n", "3"}}));
  // What stands alone, or begins a chain of its own, is no part of it.
  EXPECT_EQ(commit_and_wait(*journal_, numbered("b", 1, 2))->stored, 2U);
  const auto other = std::make_shared<CommitChain>();
  EXPECT_EQ(commit_and_wait(*journal_, chained(numbered("c", 1, 2), other))->stored, 2U);
}

TEST_F(BoundsTest, WhatWaitsBehindACommitThatTheQueueRefusedIsRefusedToo) {
  open(files_in_memory_);
  files_in_memory_.set_room(0);
  const auto raw = text((8U << 20) - 100);
  const auto chain = std::make_shared<CommitChain>();
  std::atomic<bool> refused = false;
  unsigned accepted = 0;
  for (; accepted < 100 && !refused; ++accepted) {
    journal_->commit(of(raw, 1), [&](const Result<CommitResult>& result) {
      if (!result && result.error().code == "journal/queue-full") refused = true;
    });
  }
  ASSERT_TRUE(refused);
  Commit large = of(raw, 1);
  large.chain = chain;
  EXPECT_EQ(commit_and_wait(*journal_, std::move(large)).error().code, "journal/queue-full");
  files_in_memory_.set_room(std::nullopt);
  // There is room again at some moment, and still it must not be stored.
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    Commit again = numbered("a", 1, 2);
    again.chain = chain;
    const auto result = commit_and_wait(*journal_, std::move(again));
    ASSERT_FALSE(result.has_value());
    if (result.error().code == "journal/behind-failed") break;
  }
  EXPECT_FALSE(journal_->position("a")->contains("n"));
}

class KilledStoreTest : public BoundsTest {};

TEST_F(KilledStoreTest, IsReadAsItWasAcknowledgedAndNothingIsChanged) {
  open(files_in_memory_);
  commit_numbers("a", 1, 5);
  ASSERT_TRUE(
      move_and_wait(*journal_, "siem", {.next = 3, .state = "s", .delivered = 2, .skipped = 0}));
  commit_numbers("a", 6, 5);
  const DiskState killed = files_in_memory_.state().killed();
  FaultyFiles left{killed};
  {
    auto reading = journal::open_journal_read_only(options_, left, clock_, *log_);
    ASSERT_TRUE(reading.has_value()) << reading.error().sentence();
    EXPECT_EQ(read_all(**reading).raws.size(), 10U);
    EXPECT_EQ(*(*reading)->position("a"), (Position{{"n", "10"}}));
    EXPECT_EQ((*(*reading)->cursor("siem"))->next, 3U);
    EXPECT_EQ((*reading)->health().last, 10U);
    EXPECT_TRUE((*reading)->health().holes.empty());
    EXPECT_EQ(commit_and_wait(**reading, numbered("a", 11, 1)).error().code, "journal/read-only");
    EXPECT_EQ(move_and_wait(**reading, "siem", {}).error().code, "journal/read-only");
  }
  for (const std::string& path : killed.paths()) {
    if (path.find("/journal/") == std::string::npos) continue;
    EXPECT_EQ(left.state().content(path), killed.content(path)) << path;
  }
  auto writing = journal::open_journal(options_, left, clock_, random_, *log_);
  ASSERT_TRUE(writing.has_value());
  EXPECT_EQ(commit_and_wait(**writing, numbered("a", 1, 11))->stored, 1U);
}

}  // namespace
}  // namespace cistern::test
