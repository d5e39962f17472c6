// What a store is worth after it was damaged.
#include "journal/recovery/recovery.hpp"

#include "journal_fixture.hpp"

#include <thread>

#include <gmock/gmock.h>

namespace cistern::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class RecoveryTest : public JournalTest {
 protected:
  /// Several segments, commits of several sizes, a cursor and ledger rows.
  void fill(std::uint64_t commits) {
    for (std::uint64_t i = 0; i < commits; ++i) {
      Commit commit = numbered("a", i * 4 + 1, 4, std::string(20 + i % 7 * 40, 'x'));
      commit.coverage.push_back({.stream = "audit",
                                 .kind = "window",
                                 .item = {},
                                 .from = hour(i),
                                 .to = hour(i + 1),
                                 .reason = {},
                                 .offered = 4});
      ASSERT_TRUE(commit_and_wait(*journal_, std::move(commit)).has_value());
    }
    ASSERT_TRUE(move_and_wait(*journal_, "siem",
                              {.next = commits * 2, .state = "s", .delivered = 7, .skipped = 0}));
  }
  static TimePoint hour(std::uint64_t h) { return TimePoint{std::chrono::hours{24 * 20'000 + h}}; }

  /// Everything the index knows, as text.
  std::string facts() {
    std::string text;
    const auto position = *journal_->position("a");
    for (const auto& [key, value] : position)
      text += key + "=" + value + "\n";
    const auto cursors = *journal_->cursors();
    for (const auto& [name, cursor] : cursors) {
      text += name + " " + std::to_string(cursor.next) + " " + cursor.state + "\n";
    }
    const auto ledger = *journal_->ledger("");
    for (const auto& row : ledger) {
      text += row.connector + format_time(row.coverage.from) + format_time(row.coverage.to) +
              std::to_string(row.coverage.offered) + "/" + std::to_string(row.stored) + "\n";
    }
    const auto all_totals = *journal_->totals();
    for (const auto& totals : all_totals) {
      text +=
          totals.stream + std::to_string(totals.events) + " " + std::to_string(totals.bytes) + "\n";
    }
    const auto raws = read_all(*journal_).raws;
    for (const auto& raw : raws)
      text += raw + "\n";
    return text;
  }
};

TEST_F(RecoveryTest, ALostIndexIsRebuiltEqual) {
  options_.segment_size = 3000;
  open();
  fill(40);
  const std::string before = facts();
  close();
  ASSERT_GT(segments().size(), 3U);
  remove_index();
  open();
  EXPECT_EQ(facts(), before);
  commit_numbers("a", 161, 4);
  EXPECT_EQ(journal_->health().last, 164U);
  EXPECT_TRUE(journal_->health().holes.empty());
}

TEST_F(RecoveryTest, ASegmentThatIsGoneIsNamedAndCrossed) {
  options_.segment_size = 3000;
  open();
  fill(40);
  close();
  const auto paths = segments();
  ASSERT_GT(paths.size(), 4U);
  std::filesystem::remove(paths[2]);
  remove_index();
  open();
  const auto seen = read_all(*journal_);
  ASSERT_EQ(seen.holes.size(), 1U);
  EXPECT_THAT(seen.holes[0].reason, HasSubstr("not in the log"));
  EXPECT_EQ(seen.sequences.size() + (seen.holes[0].to - seen.holes[0].from + 1), 160U);
  EXPECT_EQ(seen.sequences.back(), 160U);
}

TEST_F(RecoveryTest, AnIndexThatIsNoDatabaseIsRebuilt) {
  open();
  fill(10);
  const std::string before = facts();
  close();
  for (const std::string& garbage :
       {std::string(5000, 'z'), std::string{}, std::string{"SQLite format 3\0", 16}}) {
    spit(options_.path + "/index.db", garbage);
    open();
    EXPECT_EQ(facts(), before);
    close();
  }
}

TEST_F(RecoveryTest, AnIndexWithAFlippedByteIsNotBelieved) {
  open();
  fill(10);
  const std::string before = facts();
  close();
  const std::string index = slurp(options_.path + "/index.db");
  for (std::size_t at = 5; at < index.size(); at += index.size() / 40) {
    std::string flipped = index;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x20);
    spit(options_.path + "/index.db", flipped);
    open();
    EXPECT_EQ(*journal_->position("a"), (Position{{"n", "40"}})) << "byte " << at;
    EXPECT_EQ((*journal_->cursor("siem"))->next, 20U) << "byte " << at;
    EXPECT_EQ(journal_->health().last, 40U) << "byte " << at;
    close();
    remove_index();
  }
}

TEST_F(RecoveryTest, AnotherStoresIndexIsNotUsed) {
  open();
  fill(5);
  const std::string before = facts();
  close();
  const std::string mine = options_.path;
  options_.path = folder_.path() + "/other";
  open();
  commit_numbers("b", 1, 50);
  close();
  remove_index();  // Only the WAL files, if any; the index itself was closed in order before.
  open();
  close();
  std::filesystem::copy_file(options_.path + "/index.db", mine + "/index.db",
                             std::filesystem::copy_options::overwrite_existing);
  options_.path = mine;
  open();
  EXPECT_EQ(facts(), before);
}

/// The done-when of the product: a cut tail costs at most the cut group, which is taken again, and
/// nothing is repeated.
TEST_F(RecoveryTest, ACutTailIsTakenAgainAndNothingIsRepeated) {
  open();
  fill(30);
  close();
  const std::string copy = folder_.path() + "/copy";
  std::filesystem::copy(options_.path, copy, std::filesystem::copy_options::recursive);
  const std::string segment = segments().back();
  const std::uint64_t size = std::filesystem::file_size(segment);
  std::size_t round = 0;
  for (std::uint64_t cut = 1; cut <= 4096 && cut < size; cut += cut < 20 ? 1 : 97) {
    std::filesystem::remove_all(options_.path);
    std::filesystem::copy(copy, options_.path, std::filesystem::copy_options::recursive);
    std::filesystem::resize_file(segment, size - cut);
    if (++round % 2 == 0) remove_index();
    open();
    const std::uint64_t n = std::stoull("0" + (*journal_->position("a"))["n"]);
    const Seen before = read_all(*journal_);
    ASSERT_EQ(before.raws.size(), n) << "position and events differ, cut " << cut;
    // The connector goes on from its position, and a careless one from further back.
    const std::uint64_t from = n > 8 ? n - 7 : 1;
    for (std::uint64_t i = from; i <= 130; i += 10) {
      const std::uint64_t count = std::min<std::uint64_t>(10, 131 - i);
      ASSERT_TRUE(commit_and_wait(*journal_, numbered("a", i, count)).has_value());
    }
    std::vector<std::string> raws = read_all(*journal_).raws;
    ASSERT_EQ(raws.size(), 130U) << "cut " << cut;
    const auto report = journal::verify_store(options_.path, *files_, {});
    ASSERT_TRUE(report.has_value());
    EXPECT_EQ(report->repeated_identities, 0U);
    EXPECT_EQ(report->events, 130U);
    close();
  }
}

TEST_F(RecoveryTest, AFlippedByteCostsAtMostItsGroupAndIsNamed) {
  open();
  fill(12);
  close();
  const std::string segment = segments().back();
  const std::string sound = slurp(segment);
  const std::string copy = folder_.path() + "/copy";
  std::filesystem::copy(options_.path, copy, std::filesystem::copy_options::recursive);
  for (std::size_t at = 3; at < sound.size(); at += kSparser * sound.size() / 60) {
    for (const bool with_index : {true, false}) {
      std::filesystem::remove_all(options_.path);
      std::filesystem::copy(copy, options_.path, std::filesystem::copy_options::recursive);
      std::string flipped = sound;
      flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
      spit(segment, flipped);
      const auto report = journal::verify_store(options_.path, *files_, {});
      ASSERT_TRUE(report.has_value()) << at;
      EXPECT_FALSE(report->problems.empty()) << "verify misses byte " << at;
      if (!with_index) remove_index();
      open();
      const Seen seen = read_all(*journal_);
      EXPECT_GE(seen.raws.size(), 44U) << "more than one group gone, byte " << at;
      commit_numbers("b", 1, 1);  // What readers reported is dealt with.
      if (seen.raws.size() < 48 && (with_index || seen.sequences.back() == 48)) {
        ASSERT_FALSE(seen.holes.empty()) << at;
        EXPECT_EQ(seen.holes[0].to - seen.holes[0].from, 3U);
      }
      close();
      open();
      EXPECT_EQ(read_all(*journal_).raws.size(), seen.raws.size() + 1);
      close();
      if (!seen.holes.empty() && std::system("command -v zstdcat >/dev/null 2>&1") == 0) {
        EXPECT_EQ(std::system(("zstdcat " + options_.path + "/journal/*.zst > /dev/null").c_str()),
                  0);
      }
    }
  }
}

TEST_F(RecoveryTest, ADamagedGroupIsMovedAsideAndRecorded) {
  open();
  fill(12);
  close();
  const std::string segment = segments().back();
  std::string bytes = slurp(segment);
  // In the middle of the data of the sixth group.
  std::size_t at = 0;
  for (int i = 0; i < 6; ++i)
    at = bytes.find("\x28\xB5\x2F\xFD", at + 1);
  ASSERT_NE(at, std::string::npos);
  bytes[at + 30] = static_cast<char>(bytes[at + 30] ^ 0xFF);
  spit(segment, bytes);
  open();
  Seen seen = read_all(*journal_);
  ASSERT_EQ(seen.holes.size(), 1U);
  EXPECT_EQ(seen.holes[0].from, 21U);
  EXPECT_EQ(seen.holes[0].to, 24U);
  commit_numbers("b", 1, 1);
  ASSERT_EQ(journal_->health().holes.size(), 1U);
  EXPECT_EQ(journal_->health().holes[0].from, 21U);
  close();
  EXPECT_FALSE(std::filesystem::is_empty(options_.path + "/damaged"));
  remove_index();
  open();
  seen = read_all(*journal_);
  EXPECT_EQ(seen.holes.size(), 1U);
  EXPECT_EQ(seen.raws.size(), 45U);
  EXPECT_EQ(journal_->health().holes.size(), 1U);
}

TEST_F(RecoveryTest, DumpShowsEverythingReadable) {
  open();
  fill(12);
  close();
  std::vector<std::string> lines;
  const auto keep = [&](std::string_view line) {
    lines.emplace_back(line);
    return true;
  };
  ASSERT_TRUE(journal::dump_store(options_.path, *files_, 45, false, keep).has_value());
  EXPECT_EQ(lines.size(), 4U);
  lines.clear();
  ASSERT_TRUE(journal::dump_store(options_.path, *files_, 1, true, keep).has_value());
  EXPECT_EQ(lines.size(), 48U + 13U);
  EXPECT_THAT(lines[4], HasSubstr("\"data_sum\""));
  std::string bytes = slurp(segments().back());
  const std::size_t at = bytes.find("\x28\xB5\x2F\xFD", bytes.size() / 2);
  bytes[at + 30] = static_cast<char>(bytes[at + 30] ^ 0xFF);
  spit(segments().back(), bytes);
  lines.clear();
  const auto status = journal::dump_store(options_.path, *files_, 1, false, keep);
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, "journal/damaged");
  EXPECT_EQ(lines.size(), 44U);
}

TEST_F(RecoveryTest, ANewerFormatIsNotTouched) {
  open();
  fill(2);
  close();
  const std::string segment = segments().back();
  std::string json = "{\"format\":2,\"store\":\"x\",\"first\":1}\n";
  json += to_hex(make_identity({json.substr(0, json.size() - 1)})) + "\n";
  std::string bytes{"\x5C\x2A\x4D\x18", 4};
  for (int shift = 0; shift < 32; shift += 8)
    bytes += static_cast<char>(json.size() >> shift & 0xFF);
  bytes += json;
  spit(segment, bytes);
  auto opened = journal::open_journal(options_, *files_, clock_, random_, *log_);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, "journal/version");
  EXPECT_FALSE(opened.error().next_step.empty());
  EXPECT_EQ(slurp(segment), bytes);
}

TEST_F(RecoveryTest, ReadingWithoutAnIndexMakesOneInMemory) {
  open();
  fill(6);
  close();
  remove_index();
  auto reading = journal::open_journal_read_only(options_, *files_, clock_, *log_);
  ASSERT_TRUE(reading.has_value()) << reading.error().sentence();
  EXPECT_EQ(read_all(**reading).raws.size(), 24U);
  EXPECT_EQ(*(*reading)->position("a"), (Position{{"n", "24"}}));
  EXPECT_FALSE(std::filesystem::exists(options_.path + "/index.db"));
}

TEST_F(RecoveryTest, AnIndexIsTrustedAfterAKillWithinOneBoot) {
  if (!std::filesystem::exists("/proc/sys/kernel/random/boot_id")) GTEST_SKIP() << "no boot_id";
  EXPECT_EQ(journal::boot_id(*files_).size(), 36U);
  open();
  fill(6);
  // What a kill leaves, while the one that is not killed goes on.
  const std::string left = folder_.path() + "/left";
  std::filesystem::copy(options_.path, left, std::filesystem::copy_options::recursive);
  close();
  class Listening final : public Log {
   public:
    void write(LogLevel, std::string_view, std::string_view message,
               std::initializer_list<LogField>) override {
      text += message;
    }
    std::string text;
  } log;
  ASSERT_TRUE(journal::recover_store(left, *files_, random_, log).has_value());
  EXPECT_EQ(log.text.find("rebuilding"), std::string::npos) << log.text;
}

TEST_F(RecoveryTest, AReaderOutlivesATailThatIsCutUnderIt) {
  open();
  fill(6);
  close();
  remove_index();
  const std::string segment = segments().back();
  const std::string sound = slurp(segment);
  // What a killed process left, and the next start cuts off: several pages, again and again.
  const std::string torn = sound + std::string(64 << 10, '\x5A');
  const std::jthread writer([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::filesystem::resize_file(segment, sound.size());
      std::ofstream{segment, std::ios::binary | std::ios::app} << torn.substr(sound.size());
    }
  });
  for (int round = 0; round < 150; ++round) {
    auto reading = journal::open_journal_read_only(options_, *files_, clock_, *log_);
    ASSERT_TRUE(reading.has_value()) << reading.error().sentence();
    EXPECT_EQ(read_all(**reading).raws.size(), 24U);
    const auto report = journal::verify_store(options_.path, *files_, {});
    ASSERT_TRUE(report.has_value());
    EXPECT_EQ(report->events, 24U);
    std::size_t lines = 0;
    static_cast<void>(journal::dump_store(options_.path, *files_, 1, false, [&](std::string_view) {
      ++lines;
      return true;
    }));
    EXPECT_EQ(lines, 24U);
  }
}

TEST_F(RecoveryTest, ASoundStoreVerifies) {
  options_.segment_size = 3000;
  open();
  fill(40);
  close();
  std::uint64_t done = 0;
  std::uint64_t all = 0;
  const auto report =
      journal::verify_store(options_.path, *files_, [&](std::uint64_t d, std::uint64_t a) {
        done = d;
        all = a;
      });
  ASSERT_TRUE(report.has_value());
  EXPECT_THAT(report->problems, ::testing::IsEmpty());
  EXPECT_EQ(report->events, 160U);
  EXPECT_EQ(report->segments, segments().size());
  EXPECT_EQ(done, all);
}

TEST_F(RecoveryTest, RetentionKeepsWhatIsUnread) {
  options_.segment_size = 2000;
  options_.keep = std::chrono::hours{1};
  open();
  fill(20);  // Leaves the cursor at 40 of 80.
  const std::size_t before = segments().size();
  clock_.advance(std::chrono::hours{2});
  commit_numbers("b", 1, 1);
  commit_numbers("b", 2, 1);
  close();
  open();
  EXPECT_LT(segments().size(), before);
  Seen seen = read_all(*journal_);
  ASSERT_EQ(seen.holes.size(), 1U);
  EXPECT_EQ(seen.holes[0].from, 1U);
  EXPECT_LT(seen.holes[0].to, 40U);
  EXPECT_EQ(seen.sequences.back(), 82U);
  EXPECT_EQ(journal_->health().oldest, seen.holes[0].to + 1);
  // What went is still known, also when the index has to be made again.
  close();
  remove_index();
  open();
  EXPECT_EQ(commit_and_wait(*journal_, numbered("a", 1, 4))->duplicates, 4U);
  EXPECT_EQ(read_all(*journal_).raws.size(), seen.raws.size());
  EXPECT_TRUE(journal_->health().holes.empty()) << "retention is no damage";
}

TEST_F(RecoveryTest, AFullStoreWaitsAndGoesOnWhenItIsRead) {
  options_.max_size = 40'000;
  options_.segment_size = 8'000;
  open();
  ASSERT_TRUE(
      move_and_wait(*journal_, "siem", {.next = 1, .state = {}, .delivered = 0, .skipped = 0}));
  std::uint64_t n = 1;
  const auto incompressible = [&] {
    std::string text;
    while (text.size() < 2000)
      text += to_hex(make_identity({std::to_string(n), std::to_string(text.size())}));
    return text;
  };
  for (; journal_->health().bytes_on_disk < options_.max_size; ++n) {
    ASSERT_TRUE(commit_and_wait(*journal_, numbered("a", n, 1, incompressible())).has_value());
    ASSERT_LT(n, 100U);
  }
  std::promise<Result<CommitResult>> promise;
  auto future = promise.get_future();
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (journal_->health().state != journal::Health::State::paused) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::yield();
  }
  journal_->commit(numbered("a", n, 1),
                   [&](Result<CommitResult> result) { promise.set_value(std::move(result)); });
  EXPECT_EQ(journal_->health().failure.code, "journal/full");
  EXPECT_THAT(journal_->health().failure.next_step, Not(HasSubstr("\n")));
  ASSERT_TRUE(
      move_and_wait(*journal_, "siem", {.next = n, .state = {}, .delivered = 0, .skipped = 0}));
  ASSERT_EQ(future.wait_for(kPatience), std::future_status::ready);
  EXPECT_TRUE(future.get().has_value());
  EXPECT_EQ(read_all(*journal_).sequences.back(), n);
}

}  // namespace
}  // namespace cistern::test
