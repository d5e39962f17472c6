// Disks that fill up, syncs that fail, and crashes at any call.
#include "faulty_files.hpp"
#include "inbox_fixture.hpp"

#include <thread>

#include <gmock/gmock.h>

namespace cistern::test {
namespace {

class CrashTest : public JournalTest {
 protected:
  CrashTest() { options_.path = "/machine/store"; }
  ~CrashTest() override { close(); }  // Before the files that it uses.

  void wait_for_state(journal::Health::State state) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (journal_->health().state != state) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::yield();
    }
  }
  /// Position and events of each connector agree, and nothing is missing or twice before them.
  std::uint64_t count_of(const std::string& connector) {
    const std::uint64_t position = std::stoull("0" + (*journal_->position(connector))["n"]);
    std::uint64_t expected = 1;
    const Seen seen = read_all(*journal_);
    for (const std::string& raw : seen.raws) {
      const std::string start = R"({"connector":")" + connector + R"(","n":)";
      if (!raw.starts_with(start)) continue;
      EXPECT_EQ(raw.substr(start.size(), raw.find(',', start.size()) - start.size()),
                std::to_string(expected));
      ++expected;
    }
    EXPECT_EQ(position, expected - 1) << "position and events of " << connector << " differ";
    return position;
  }

  /// The next sync of a segment fails; becomes true when it has.
  std::shared_ptr<std::atomic<bool>> fail_next_sync() {
    auto failed = std::make_shared<std::atomic<bool>>(false);
    faulty_.set_fault([failed](FileCall call, const std::string& path) -> std::optional<Failure> {
      const bool segment = path.find("/journal/") != std::string::npos;
      if (call != FileCall::sync || !segment || failed->exchange(true)) return std::nullopt;
      return Failure{.verdict = Verdict::retry,
                     .code = "file/io",
                     .cause = "made to fail",
                     .consequence = {},
                     .next_step = "none"};
    });
    return failed;
  }

  FaultyFiles faulty_;
};

TEST_F(CrashTest, AFullDiskPausesAndGoesOnByItself) {
  open(faulty_);
  commit_numbers("a", 1, 5);
  faulty_.set_room(100);  // The write stops in the middle.
  std::promise<Result<CommitResult>> promise;
  auto future = promise.get_future();
  journal_->commit(numbered("a", 6, 5),
                   [&](Result<CommitResult> result) { promise.set_value(std::move(result)); });
  wait_for_state(journal::Health::State::paused);
  EXPECT_EQ(journal_->health().failure.code, "file/no-space");
  EXPECT_EQ(journal_->health().last, 5U);
  EXPECT_EQ(read_all(*journal_).raws.size(), 5U);
  faulty_.set_room(std::nullopt);
  ASSERT_EQ(future.wait_for(kPatience), std::future_status::ready);
  EXPECT_TRUE(future.get().has_value());
  EXPECT_EQ(journal_->health().state, journal::Health::State::writing);
  EXPECT_EQ(count_of("a"), 10U);
  close();
  open(faulty_);
  EXPECT_EQ(count_of("a"), 10U);
}

TEST_F(CrashTest, AFileWhoseSyncFailedIsNotTrustedAgain) {
  open(faulty_);
  commit_numbers("a", 1, 5);
  fail_next_sync();
  const auto segments_before = journal_->health().segments;
  commit_numbers("a", 6, 5);
  EXPECT_EQ(journal_->health().segments, segments_before + 1);
  close();
  // The kernel lost the bytes whose sync failed; the new segment has them.
  SeededRandom random{3};
  faulty_.set_state(faulty_.state().after_power_cut(Survival::nothing, random));
  open(faulty_);
  EXPECT_EQ(count_of("a"), 10U);
}

TEST_F(CrashTest, WhatAFailedSyncLeftInMemoryIsMadeDurableByTheNextStart) {
  open(faulty_);
  commit_numbers("a", 1, 5);
  const auto failed = fail_next_sync();
  std::optional<DiskState> after_failure;
  faulty_.set_observer([&](const DiskState& disk) {
    if (*failed && !after_failure) after_failure = disk;
  });
  commit_numbers("a", 6, 5);
  close();
  faulty_.set_observer({});
  faulty_.set_fault({});
  ASSERT_TRUE(after_failure);
  // Killed right behind the failed sync: the machine still shows the group, the disk has not got
  // it.
  faulty_.set_state(after_failure->killed());
  open(faulty_);
  ASSERT_EQ(count_of("a"), 10U);
  SeededRandom random{3};
  const DiskState cut = faulty_.state().after_power_cut(Survival::nothing, random);
  close();
  faulty_.set_state(cut);
  open(faulty_);
  EXPECT_EQ(count_of("a"), 10U) << "its position had been told";
}

TEST_F(CrashTest, ASegmentThatWasJustBegunKeepsItsNameWhenItIsContinued) {
  options_.segment_size = 2'000;
  open(faulty_);
  std::optional<DiskState> just_begun;
  faulty_.set_observer([&](const DiskState& disk) {
    const bool renamed =
        std::any_of(disk.pending_names.begin(), disk.pending_names.end(), [](const auto& change) {
          return !change.from.empty() && change.path.find("/journal/") != std::string::npos;
        });
    if (renamed && !just_begun) just_begun = disk;
  });
  std::uint64_t last = 0;
  for (; !just_begun && last < 500; last += 5)
    commit_numbers("a", last + 1, 5);
  close();
  faulty_.set_observer({});
  ASSERT_TRUE(just_begun);
  faulty_.set_state(just_begun->killed());
  open(faulty_);
  const std::uint64_t before = count_of("a");
  commit_numbers("a", before + 1, 5);
  SeededRandom random{3};
  const DiskState cut = faulty_.state().after_power_cut(Survival::nothing, random);
  close();
  faulty_.set_state(cut);
  open(faulty_);
  EXPECT_EQ(count_of("a"), before + 5);
}

TEST_F(CrashTest, AFileIsNotAcknowledgedBelowAFolderThatAPowerCutTakes) {
  auto failed = std::make_shared<std::atomic<bool>>(false);
  faulty_.set_fault([failed](FileCall call, const std::string& path) -> std::optional<Failure> {
    const bool name = call == FileCall::sync_directory && path == "/machine/store/inbox";
    if (!name || failed->exchange(true)) return std::nullopt;
    return Failure{.verdict = Verdict::retry,
                   .code = "file/io",
                   .cause = "made to fail",
                   .consequence = {},
                   .next_step = "none"};
  });
  // Start or file, whichever makes the folder, is refused once and tried again.
  auto journal = journal::open_journal(options_, faulty_, clock_, random_, *log_);
  if (!journal) journal = journal::open_journal(options_, faulty_, clock_, random_, *log_);
  ASSERT_TRUE(journal);
  ASSERT_TRUE(commit_and_wait(**journal, numbered("a", 1, 5)));
  const auto first = push_file(**journal, "box", "bytes");
  const auto stored = first ? first : push_file(**journal, "box", "bytes");
  ASSERT_TRUE(stored);
  EXPECT_TRUE(*failed);
  SeededRandom random{3};
  const DiskState cut = faulty_.state().after_power_cut(Survival::nothing, random);
  journal->reset();
  faulty_.set_state(cut);
  open(faulty_);
  const auto bytes = journal_->inbox()->read(stored->id, 0, 100);
  ASSERT_TRUE(bytes) << bytes.error().sentence();
  EXPECT_EQ(*bytes, "bytes");
}

TEST_F(CrashTest, AStoreWhoseFirstStartWasKilledStaysWhereItIs) {
  std::optional<DiskState> begun;
  faulty_.set_observer([&](const DiskState& disk) {
    const bool named = disk.names.contains("/machine/store");
    if (named && !disk.durable_names.contains("/machine/store") && !begun) begun = disk;
  });
  open(faulty_);
  close();
  faulty_.set_observer({});
  ASSERT_TRUE(begun);
  faulty_.set_state(begun->killed());
  open(faulty_);
  commit_numbers("a", 1, 5);
  SeededRandom random{3};
  const DiskState cut = faulty_.state().after_power_cut(Survival::nothing, random);
  close();
  faulty_.set_state(cut);
  open(faulty_);
  EXPECT_EQ(count_of("a"), 5U);
}

TEST_F(CrashTest, ClosingWhileTheDiskIsFullEndsAndTellsTheCaller) {
  open(faulty_);
  commit_numbers("a", 1, 5);
  faulty_.set_room(10);
  std::promise<Result<CommitResult>> promise;
  auto future = promise.get_future();
  journal_->commit(numbered("a", 6, 5),
                   [&](Result<CommitResult> result) { promise.set_value(std::move(result)); });
  wait_for_state(journal::Health::State::paused);
  close();
  EXPECT_EQ(future.get().error().code, "file/no-space");
  faulty_.set_room(std::nullopt);
  open(faulty_);
  EXPECT_EQ(count_of("a"), 5U);
}

}  // namespace
}  // namespace cistern::test
