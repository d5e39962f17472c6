// Disks that fill up, syncs that fail, and crashes at any call.
#include "faulty_files.hpp"
#include "journal_fixture.hpp"

#include <thread>

#include <gmock/gmock.h>

namespace cistern::test {
namespace {

class CrashTest : public JournalTest {
 protected:
  CrashTest() : faulty_(options_.path, {"journal", "identities", "damaged"}) {}
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
  std::atomic<int> failures = 1;
  faulty_.set_fault([&](FileCall call, const std::string&) -> std::optional<Failure> {
    if (call != FileCall::sync || failures-- <= 0) return std::nullopt;
    return Failure{.verdict = Verdict::retry,
                   .code = "file/io",
                   .cause = "made to fail",
                   .consequence = {},
                   .next_step = "none"};
  });
  const auto segments_before = journal_->health().segments;
  commit_numbers("a", 6, 5);
  EXPECT_EQ(journal_->health().segments, segments_before + 1);
  close();
  // The kernel lost the bytes whose sync failed; the new segment has them.
  SeededRandom random{3};
  faulty_.power_cut(random);
  remove_index();
  open(faulty_);
  EXPECT_EQ(count_of("a"), 10U);
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

struct Model {
  std::map<std::string, std::uint64_t> acknowledged;
};

class ScriptTest : public CrashTest {
 protected:
  /// Commits and cursor moves until the files die or the script ends.
  void run(SeededRandom& random, Model& model) {
    std::map<std::string, std::uint64_t> next;
    for (const char* name : {"a", "b", "c"})
      next[name] = count_of(name) + 1;
    const std::uint64_t steps = 5 + random.next() % 20;
    for (std::uint64_t step = 0; step < steps; ++step) {
      const std::string name(1, static_cast<char>('a' + random.next() % 3));
      const std::uint64_t count = random.next() % 6;
      if (count == 0) {
        static_cast<void>(
            move_quickly({.next = next[name], .state = {}, .delivered = 0, .skipped = 0}));
        continue;
      }
      // One record is offered again: a vendor repeats.
      const std::uint64_t from = next[name] > 1 ? next[name] - 1 : 1;
      const std::uint64_t to = next[name] + count - 1;
      if (!commit_quickly(numbered(name, from, to - from + 1))) return;
      next[name] = to + 1;
      model.acknowledged[name] = to;
    }
  }

  bool commit_quickly(Commit commit) {
    auto answered = std::make_shared<std::promise<bool>>();
    auto future = answered->get_future();
    journal_->commit(std::move(commit), [answered](const Result<CommitResult>& result) {
      answered->set_value(result.has_value());
    });
    return wait_or_die(future);
  }
  bool move_quickly(journal::Cursor cursor) {
    auto answered = std::make_shared<std::promise<bool>>();
    auto future = answered->get_future();
    journal_->move_cursor("siem", std::move(cursor), true, [answered](const Status& status) {
      answered->set_value(status.has_value());
    });
    return wait_or_die(future);
  }
  /// A dead disk shows as a pause; then closing makes the answer come.
  bool wait_or_die(std::future<bool>& future) {
    while (future.wait_for(std::chrono::milliseconds{1}) != std::future_status::ready) {
      if (journal_->health().state == journal::Health::State::paused) {
        journal_->close();
        return future.get();
      }
    }
    return future.get();
  }
};

class CrashModelTest : public ScriptTest, public ::testing::WithParamInterface<std::uint64_t> {};

TEST_P(CrashModelTest, EveryAcknowledgedCommitIsThereOnceAndThePositionFits) {
  SeededRandom random{GetParam()};
  options_.segment_size = 2'000 + random.next() % 4'000;
  options_.keep = std::chrono::minutes{30};
  Model model;
  for (int life = 0; life < 12; ++life) {
    faulty_.die_after(1 + random.next() % 60);
    auto opened = journal::open_journal(options_, faulty_, clock_, random_, *log_);
    if (opened) {
      journal_ = std::move(*opened);
      run(random, model);
      close();
    }
    // Either the process died, or the machine; then the index may be gone or torn.
    if (random.next() % 2 == 0) {
      faulty_.killed();
    } else {
      faulty_.power_cut(random);
      remove_index();
    }
    clock_.advance(std::chrono::minutes{1});
    open(faulty_);
    ASSERT_NE(journal_, nullptr);
    EXPECT_TRUE(journal_->health().holes.empty()) << journal_->health().holes[0].reason;
    for (const auto& [name, acknowledged] : model.acknowledged) {
      ASSERT_GE(count_of(name), acknowledged) << "lost events of " << name << " in life " << life;
    }
    close();
    ASSERT_FALSE(HasFailure()) << "life " << life;
  }
  const auto report = journal::verify_store(options_.path, faulty_, {});
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->repeated_identities, 0U);
  EXPECT_THAT(report->problems, ::testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Seeds, CrashModelTest, ::testing::Range<std::uint64_t>(1, 31));

TEST_F(ScriptTest, AForgottenSyncIsNoticed) {
  // Proof that the test above could fail: the same checks with syncs that do nothing.
  SeededRandom random{5};
  Model model;
  open(faulty_);
  commit_numbers("a", 1, 5);
  faulty_.forget_syncs(true);
  run(random, model);
  close();
  faulty_.forget_syncs(false);
  bool lost = false;
  faulty_.power_cut(random);
  remove_index();
  open(faulty_);
  for (const auto& [name, acknowledged] : model.acknowledged) {
    lost = lost || std::stoull("0" + (*journal_->position(name))["n"]) < acknowledged;
  }
  EXPECT_TRUE(lost);
}

}  // namespace
}  // namespace cistern::test
