// Committing and reading back.
#include "journal_fixture.hpp"

#include <atomic>
#include <condition_variable>
#include <thread>

#include <gmock/gmock.h>

namespace cistern::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(JournalTest, WhatWasCommittedIsReadBackWordForWord) {
  open();
  CommitMaker maker{"contoso"};
  maker.record(R"({"a":1,"b":[true,null,"ü\n"]})", "1");
  maker.record("<134>Nov 22 a \"quoted\" \\ line\twith a tab\n", "2", RawForm::text);
  maker.record(std::string{"\xff\x00\xfe bytes", 9}, "3", RawForm::bytes);
  maker.record(R"("a JSON string")", "4");
  maker.commit.records[0].meta = R"({"blob":"x{}\"","n":[1,2]})";
  maker.commit.records[1].problem = "not \"JSON\"";
  auto result = commit_and_wait(*journal_, maker.take());
  ASSERT_TRUE(result.has_value()) << result.error().sentence();
  EXPECT_EQ(result->first, 1U);
  EXPECT_EQ(result->stored, 4U);

  // Once from the cache of the running journal, once from the disk.
  for (int round = 0; round < 2; ++round) {
    auto read = journal_->reader()->read(1);
    ASSERT_TRUE(read.has_value());
    ASSERT_NE(read->group, nullptr);
    const auto& events = read->group->envelopes;
    ASSERT_EQ(events.size(), 4U);
    EXPECT_EQ(events[0].raw, R"({"a":1,"b":[true,null,"ü\n"]})");
    EXPECT_EQ(events[0].meta, R"({"blob":"x{}\"","n":[1,2]})");
    EXPECT_EQ(events[0].id, to_hex(make_identity({"test", "1"})));
    EXPECT_EQ(events[0].connector, "contoso");
    EXPECT_EQ(events[0].stream, "audit");
    EXPECT_EQ(events[0].time, "2023-11-14T22:13:20.000Z");
    EXPECT_EQ(events[0].received, format_time(clock_.now()));
    EXPECT_EQ(events[1].form, RawForm::text);
    EXPECT_EQ(events[1].raw, R"(<134>Nov 22 a \"quoted\" \\ line\twith a tab\n)");
    EXPECT_EQ(events[1].problem, R"(not \"JSON\")");
    EXPECT_EQ(events[2].form, RawForm::bytes);
    EXPECT_EQ(events[2].raw, base64_encode(std::string{"\xff\x00\xfe bytes", 9}));
    EXPECT_EQ(events[3].form, RawForm::text);
    EXPECT_EQ(events[3].raw, R"(\"a JSON string\")");
    close();
    open();
  }
}

TEST_F(JournalTest, PositionIsDurableWithItsEvents) {
  open();
  commit_numbers("a", 1, 10);
  commit_numbers("b", 1, 5);
  Commit change = CommitMaker{"a"}.state("other", "x").take();
  change.state.push_back({"n", std::nullopt});
  ASSERT_TRUE(commit_and_wait(*journal_, std::move(change)).has_value());
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(*journal_->position("a"), (Position{{"other", "x"}}));
    EXPECT_EQ(*journal_->position("b"), (Position{{"n", "5"}}));
    EXPECT_THAT(*journal_->connectors(), ElementsAre("a", "b"));
    close();
    open();
  }
}

TEST_F(JournalTest, SealedValuesThatAreNotTextSurvive) {
  const std::string sealed{"\x00\xff\x80 sealed", 10};
  open();
  ASSERT_TRUE(commit_and_wait(
      *journal_, CommitMaker{"a"}.state("password", sealed).state("empty", "").take()));
  close();
  remove_index();
  open();
  EXPECT_EQ(*journal_->position("a"), (Position{{"empty", ""}, {"password", sealed}}));
}

TEST_F(JournalTest, RepeatedRecordsAreDroppedAndCounted) {
  open();
  commit_numbers("a", 1, 10);
  CommitMaker maker{"a"};
  maker.coverage({.stream = "audit", .kind = "blob", .item = "b1", .reason = {}, .offered = 2});
  maker.coverage({.stream = "audit", .kind = "blob", .item = "b2", .reason = {}, .offered = 2});
  maker.record("{}", "a/10").record("{}", "a/11").record("{}", "a/11").record("{}", "a/12");
  for (std::size_t i = 0; i < 4; ++i)
    maker.commit.records[i].coverage = i < 2 ? 0 : 1;
  auto result = commit_and_wait(*journal_, maker.take());
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->first, 11U);
  EXPECT_EQ(result->stored, 2U);
  EXPECT_EQ(result->duplicates, 2U);
  EXPECT_EQ(result->per_coverage[0].stored, 1U);
  EXPECT_EQ(result->per_coverage[0].duplicates, 1U);
  EXPECT_EQ(result->per_coverage[1].stored, 1U);
  EXPECT_EQ(result->per_coverage[1].duplicates, 1U);
  const auto totals = *journal_->totals();
  ASSERT_EQ(totals.size(), 1U);
  EXPECT_EQ(totals[0].events, 12U);
  EXPECT_EQ(totals[0].duplicates, 2U);
}

TEST_F(JournalTest, RepeatedRecordsAreKnownAfterARestart) {
  open();
  commit_numbers("a", 1, 100);
  close();
  open();
  auto result = commit_and_wait(*journal_, numbered("a", 91, 20));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->duplicates, 10U);
  EXPECT_EQ(result->first, 101U);
}

TEST_F(JournalTest, WithoutDedupeEverythingIsStored) {
  open();
  for (int i = 0; i < 2; ++i) {
    Commit commit = numbered("a", 1, 3);
    commit.dedupe = false;
    EXPECT_EQ(commit_and_wait(*journal_, std::move(commit))->stored, 3U);
  }
  Commit commit = numbered("a", 1, 3);
  EXPECT_EQ(commit_and_wait(*journal_, std::move(commit))->stored, 3U);
}

TEST_F(JournalTest, RecordsWithoutIdentityGetOneOfTheirOwn) {
  open();
  ASSERT_TRUE(
      commit_and_wait(*journal_, CommitMaker{"a"}.record("{}", "").record("{}", "").take()));
  const auto group = journal_->reader()->read(1)->group;
  ASSERT_EQ(group->envelopes.size(), 2U);
  EXPECT_EQ(group->envelopes[0].id, to_hex(make_identity({journal_->store_id(), "1"})));
  EXPECT_NE(group->envelopes[0].id, group->envelopes[1].id);
}

TEST_F(JournalTest, RefusesWhatItCouldNotStoreWhole) {
  open();
  CommitMaker wrong_row{"a"};
  wrong_row.coverage({.stream = "audit", .kind = "blob", .item = "b", .reason = {}})
      .record("{}", "1");
  wrong_row.commit.records[0].coverage = 1;
  EXPECT_EQ(commit_and_wait(*journal_, wrong_row.take()).error().code, "journal/misuse");
  CommitMaker large{"a"};
  large.record(std::string(kMaxCommitBytes, '1'), "1").record("1", "2");
  EXPECT_EQ(commit_and_wait(*journal_, large.take()).error().code, "journal/misuse");
  CommitMaker broken{"a"};
  broken.record("{}", "1");
  broken.commit.records[0].meta = "{\"a\":\n1}";
  EXPECT_EQ(commit_and_wait(*journal_, broken.take()).error().code, "journal/misuse");
  EXPECT_EQ(journal_->health().last, 0U);
}

TEST_F(JournalTest, TheLargestCommitIsOneGroupOfSeveralFrames) {
  open();
  Commit commit = numbered("a", 1, 8000, std::string(960, 'x'));
  ASSERT_TRUE(commit_and_wait(*journal_, std::move(commit)).has_value());
  close();
  open();
  auto read = journal_->reader()->read(5000);
  ASSERT_TRUE(read.has_value() && read->group != nullptr);
  EXPECT_EQ(read->group->first, 1U);
  EXPECT_EQ(read->group->last, 8000U);
  EXPECT_EQ(read_all(*journal_).raws.size(), 8000U);
}

TEST_F(JournalTest, ClosedAndReadOnlyJournalsSayWhy) {
  open();
  commit_numbers("a", 1, 3);
  journal_->close();
  journal_->close();
  EXPECT_EQ(commit_and_wait(*journal_, numbered("a", 4, 1)).error().code, "journal/closed");
  EXPECT_EQ(move_and_wait(*journal_, "x", {}).error().code, "journal/closed");
  close();
  auto reading = journal::open_journal_read_only(options_, *files_, clock_, *log_);
  ASSERT_TRUE(reading.has_value());
  EXPECT_EQ(commit_and_wait(**reading, numbered("a", 4, 1)).error().code, "journal/read-only");
  EXPECT_EQ(read_all(**reading).raws.size(), 3U);
}

TEST_F(JournalTest, CursorsAndSetAsideItemsAreKept) {
  open();
  commit_numbers("a", 1, 3);
  ASSERT_TRUE(move_and_wait(*journal_, "siem",
                            {.next = 3, .state = "inode 7", .delivered = 2, .skipped = 0}));
  std::promise<Status> promise;
  journal_->set_aside({.owner = "connector/a", .item = "blob-1", .reason = "no JSON"},
                      [&](Status status) { promise.set_value(std::move(status)); });
  ASSERT_TRUE(promise.get_future().get().has_value());
  for (int round = 0; round < 3; ++round) {
    const auto cursor = *journal_->cursor("siem");
    ASSERT_TRUE(cursor.has_value());
    EXPECT_EQ(cursor->next, 3U);
    EXPECT_EQ(cursor->state, "inode 7");
    EXPECT_EQ(cursor->delivered, 2U);
    EXPECT_FALSE(journal_->cursor("other")->has_value());
    const auto items = *journal_->set_aside_list();
    ASSERT_EQ(items.size(), 1U);
    EXPECT_EQ(items[0].item, "blob-1");
    EXPECT_EQ(items[0].since, clock_.now());
    close();
    if (round == 1) remove_index();
    open();
  }
}

TEST_F(JournalTest, EventsAreFoundByIdentityAndByTime) {
  options_.segment_size = 4096;
  open();
  for (std::uint64_t n = 1; n <= 50; ++n) {
    commit_numbers("a", n, 1);
    clock_.advance(std::chrono::minutes{1});
  }
  EXPECT_EQ(*journal_->find(make_identity({"test", "a/17"})), 17U);
  EXPECT_FALSE(journal_->find(make_identity({"test", "a/51"}))->has_value());
  const TimePoint start{std::chrono::seconds{1'750'000'000}};
  EXPECT_EQ(*journal_->sequence_at(start), 1U);
  EXPECT_EQ(*journal_->sequence_at(start + std::chrono::minutes{9} + std::chrono::seconds{30}),
            11U);
  EXPECT_EQ(*journal_->sequence_at(start + std::chrono::minutes{50}), 51U);
}

TEST_F(JournalTest, CursorMovesWaitForRecordsUnlessUrgent) {
  options_.idle_delay = std::chrono::hours{1};
  options_.group_delay = std::chrono::milliseconds{0};
  open();
  std::promise<Status> promise;
  auto moved = promise.get_future();
  journal_->move_cursor("siem", {.next = 2, .state = {}, .delivered = 0, .skipped = 0}, false,
                        [&](Status status) { promise.set_value(std::move(status)); });
  // An hour of patience ends with the first record, in the same group.
  const auto before = journal_->health().groups_written;
  commit_numbers("a", 1, 1);
  ASSERT_EQ(moved.wait_for(kPatience), std::future_status::ready);
  EXPECT_TRUE(moved.get().has_value());
  EXPECT_EQ(journal_->health().groups_written, before + 1);
}

TEST_F(JournalTest, ManyCommittersAndReadersAgree) {
  options_.segment_size = 64 << 10;
  options_.cache_size = 32 << 10;
  options_.group_delay = std::chrono::milliseconds{1};
  open();
  constexpr std::uint64_t kConnectors = 4;
  constexpr std::uint64_t kCommits = 60;
  constexpr std::uint64_t kAll = kConnectors * kCommits * 5;
  std::atomic<std::uint64_t> heard = 0;
  const auto id = journal_->on_append([&](Sequence last) { heard = last; });
  std::vector<std::thread> threads;
  for (std::uint64_t c = 0; c < kConnectors; ++c) {
    threads.emplace_back([this, c] {
      for (std::uint64_t i = 0; i < kCommits; ++i) {
        auto result = commit_and_wait(*journal_, numbered("c" + std::to_string(c), i * 5 + 1, 5));
        ASSERT_TRUE(result.has_value());
      }
    });
  }
  for (int r = 0; r < 2; ++r) {
    threads.emplace_back([this] {
      auto reader = journal_->reader();
      Sequence next = 1;
      while (next <= kAll) {
        auto read = reader->read(next);
        ASSERT_TRUE(read.has_value()) << read.error().sentence();
        ASSERT_FALSE(read->hole.has_value());
        if (read->group == nullptr) {
          std::this_thread::yield();
          continue;
        }
        ASSERT_LE(read->group->first, next);
        next = read->group->last + 1;
        static_cast<void>(journal_->position("c0"));
        static_cast<void>(journal_->health());
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  journal_->remove_listener(id);
  EXPECT_EQ(heard, kAll);
  const Seen seen = read_all(*journal_);
  EXPECT_EQ(seen.raws.size(), kAll);
  for (Sequence s = 1; s <= kAll; ++s)
    EXPECT_EQ(seen.sequences[s - 1], s);
}

TEST_F(JournalTest, ASecondWriterIsRefusedWithTheHoldersNumber) {
  open();
  auto second = journal::open_journal(options_, *files_, clock_, random_, *log_);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, "journal/locked");
  EXPECT_THAT(second.error().cause, HasSubstr(std::to_string(::getpid())));
  EXPECT_FALSE(second.error().next_step.empty());
}

TEST_F(JournalTest, AFolderWithOtherThingsIsNotMadeAStore) {
  std::filesystem::create_directories(options_.path);
  spit(options_.path + "/holiday.jpg", "x");
  auto opened = journal::open_journal(options_, *files_, clock_, random_, *log_);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, "journal/not-a-store");
  auto reading = journal::open_journal_read_only(options_, *files_, clock_, *log_);
  ASSERT_FALSE(reading.has_value());
  EXPECT_EQ(reading.error().code, "journal/not-a-store");
}

TEST_F(JournalTest, AReaderBesideTheWriterSeesWhatIsDurable) {
  open();
  commit_numbers("a", 1, 3);
  auto reading = journal::open_journal_read_only(options_, *files_, clock_, *log_);
  ASSERT_TRUE(reading.has_value()) << reading.error().sentence();
  EXPECT_EQ(read_all(**reading).raws.size(), 3U);
  commit_numbers("a", 4, 2);
  EXPECT_EQ(read_all(**reading).raws.size(), 5U);
  EXPECT_EQ(*(*reading)->position("a"), (Position{{"n", "5"}}));
  EXPECT_EQ((*reading)->store_id(), journal_->store_id());
}

TEST_F(JournalTest, TheStoreIsReadableByZstdAndJq) {
  if (std::system("command -v zstdcat jq >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "zstdcat and jq are not installed";
  }
  options_.segment_size = 4096;
  open();
  for (std::uint64_t n = 0; n < 20; ++n)
    commit_numbers("a", n * 10 + 1, 10);
  close();
  ASSERT_GT(segments().size(), 2U);
  const std::string out = folder_.path() + "/sum";
  ASSERT_EQ(
      std::system(("zstdcat " + options_.path + "/journal/*.zst | jq -s 'map(.raw.n)|add' > " + out)
                      .c_str()),
      0);
  EXPECT_EQ(slurp(out), "20100\n");
}

}  // namespace
}  // namespace cistern::test
