// One flipped byte at every offset of every file of a small store.
#include "faulty_files.hpp"
#include "inbox_fixture.hpp"
#include "journal_fixture.hpp"

#include <cstdlib>

namespace cistern::test {
namespace {

const std::string kStore = "/machine/store";
constexpr std::uint64_t kGroups = 6;
constexpr std::uint64_t kEach = 3;
constexpr std::uint64_t kEvents = kGroups * kEach;

class FlippedByteTest : public JournalTest {
 protected:
  FlippedByteTest() {
    options_.path = kStore;
    options_.identities_in_memory = 7;  // Some are in files, some are not.
    options_.segment_size = 4'000;
    options_.retry_delay = std::chrono::milliseconds{1};
    sound_ = make_store();
  }

  DiskState make_store() {
    FaultyFiles files;
    open(files);
    for (std::uint64_t i = 0; i < kGroups; ++i) {
      Commit commit = numbered("a", i * kEach + 1, kEach, std::string(i * 20, 'x'));
      commit.coverage.push_back({.stream = "audit",
                                 .kind = "blob",
                                 .item = "blob-" + std::to_string(i),
                                 .from = clock_.now(),
                                 .to = clock_.now(),
                                 .reason = {},
                                 .offered = kEach});
      EXPECT_TRUE(commit_and_wait(*journal_, std::move(commit)).has_value());
      clock_.advance(std::chrono::seconds{3});
    }
    for (const char c : {'p', 'q'})
      EXPECT_TRUE(push_file(*journal_, "box", std::string(300, c)).has_value());
    EXPECT_TRUE(
        move_and_wait(*journal_, "siem", {.next = 5, .state = "s", .delivered = 4, .skipped = 0}));
    close();
    return files.state();
  }

  /// Opens the store, reads everything, lets the vendor repeat everything, and says what is wrong.
  std::string flaw(DiskState disk) {
    FaultyFiles files{std::move(disk)};
    auto opened = journal::open_journal(options_, files, clock_, random_, *log_);
    if (!opened) return "does not open: " + opened.error().sentence();
    auto& journal = **opened;
    const auto read = try_read_all(journal);
    if (!read) return "cannot be read: " + read.error().sentence();
    const Seen& seen = *read;
    if (seen.raws.size() + kEach < kEvents) {
      std::string text = "more than one group is gone:";
      for (const journal::Hole& hole : seen.holes) {
        text +=
            " " + std::to_string(hole.from) + ".." + std::to_string(hole.to) + " " + hole.reason;
      }
      return text;
    }
    const auto cursor = journal.cursor("siem");
    if (!cursor) return "no answer about the cursor: " + cursor.error().sentence();
    if (!*cursor) return "the cursor is gone";
    if ((*cursor)->next != 5) return "the cursor is at " + std::to_string((*cursor)->next);
    // Once more, so that what readers reported is recorded.
    if (!commit_and_wait(journal, CommitMaker{"b"}.state("k", "v").take())) return "no commit";
    if (seen.raws.size() < kEvents) {
      const auto holes = journal.health().holes;
      if (holes.empty()) return "lost events are not named";
      if (holes[0].to - holes[0].from + 1 != kEach || holes[0].reason.empty()) return "wrong hole";
    }
    const auto again = commit_and_wait(journal, numbered("a", 1, kEvents));
    if (!again) return "does not go on: " + again.error().sentence();
    if (again->stored != kEvents - seen.raws.size()) {
      return "stored again: " + std::to_string(again->stored) + " of " +
             std::to_string(kEvents - seen.raws.size());
    }
    if (again->stored > 0 && again->first <= kEvents) return "a sequence was used again";
    if (*journal.position("a") != Position{{"n", std::to_string(kEvents)}}) return "the position";
    if (std::string wrong = inbox_flaw(journal, files); !wrong.empty()) return wrong;
    opened->reset();
    return restarted(files);
  }

  /// Files are there with their bytes, or named: never with other ones, never just gone.
  static std::string inbox_flaw(journal::Journal& journal, FaultyFiles& files) {
    const auto entries = journal.inbox()->list("box");
    std::size_t aside = 0;
    const auto names = files.list(kStore + "/damaged");
    for (const std::string& name : *names)
      aside += name.starts_with("inbox-") ? 1U : 0U;
    if (entries.size() + aside != 2) return "a file of the inbox is gone";
    for (const journal::InboxEntry& entry : entries) {
      const auto bytes = journal.inbox()->read(entry.id, 0, 1'000);
      if (!bytes && bytes.error().cause.find(entry.id) == std::string::npos) return "not named";
      const bool sound =
          bytes && (*bytes == std::string(300, 'p') || *bytes == std::string(300, 'q'));
      if (bytes && !sound) return "a flipped byte was read";
    }
    return {};
  }

  /// After all that a restart must find nothing more to do.
  std::string restarted(FaultyFiles& files) {
    auto opened = journal::open_journal(options_, files, clock_, random_, *log_);
    if (!opened) return "does not open again";
    const auto seen = try_read_all(**opened);
    if (!seen) return "cannot be read again: " + seen.error().sentence();
    if (seen->raws.size() != kEvents) return "events after the restart";
    const auto again = commit_and_wait(**opened, numbered("a", 1, kEvents));
    return again && again->stored == 0 ? std::string{} : "events are stored twice";
  }

  /// Each byte of the files whose path contains the text; in the short form every n-th.
  void flip_all(const std::string& part, std::size_t every) {
    const std::size_t step = std::getenv("CISTERN_LONG_TESTS") != nullptr ? 1 : every * kSparser;
    std::size_t flips = 0;
    for (const std::string& path : sound_.paths()) {
      if (path.find(part) == std::string::npos) continue;
      const std::string content = *sound_.content(path);
      for (std::size_t at = flips % step; at < content.size(); at += step) {
        std::string flipped = content;
        flipped[at] = static_cast<char>(flipped[at] ^ (1 << (at / step % 8)));
        DiskState disk = sound_.killed();
        disk.put(path, flipped);
        ASSERT_EQ(flaw(std::move(disk)), "") << path << " byte " << at;
        ++flips;
      }
    }
    EXPECT_GT(flips * kSparser, 40U);
  }

  DiskState sound_;
};

TEST_F(FlippedByteTest, ASegmentLosesAtMostThatGroupNamesItAndTakesItAgain) {
  flip_all("/journal/", 11);
}

TEST_F(FlippedByteTest, AnIndexCostsNothing) {
  flip_all("/index.db", 397);
}

TEST_F(FlippedByteTest, AnIdentityFileCostsNothing) {
  flip_all("/identities/", 293);
}

TEST_F(FlippedByteTest, AFileOfTheInboxIsNamedAndNeverRead) {
  flip_all("/inbox/", 13);
}

TEST_F(FlippedByteTest, TheFileOfSequencesCostsNothing) {
  flip_all("/sequences", 11);
}

TEST_F(FlippedByteTest, SequencesAreNotUsedAgainWhenIndexAndTailAreGone) {
  DiskState disk = sound_.killed();
  for (const char* name : {"/index.db", "/index.db-wal"})
    disk.erase(kStore + name);
  std::string last;
  for (const std::string& path : disk.paths()) {
    if (path.find("/identities/") != std::string::npos) disk.erase(path);
    if (path.find("/journal/") != std::string::npos) last = path;
  }
  const std::string content = *disk.content(last);
  disk.put(last, content.substr(0, content.size() * 2 / 5));
  FaultyFiles files{std::move(disk)};
  open(files);
  const auto stored = commit_and_wait(*journal_, numbered("a", 1, kEvents));
  ASSERT_TRUE(stored.has_value());
  EXPECT_GT(stored->stored, 0U);
  EXPECT_GT(stored->first, kEvents);
  ASSERT_FALSE(journal_->health().holes.empty());
  EXPECT_EQ(journal_->health().holes.back().to, kEvents);
  close();
}

TEST_F(FlippedByteTest, LostEventsAreNotWholeInTheLedger) {
  DiskState disk = sound_.killed();
  for (const std::string& path : disk.paths()) {
    const std::string content = *disk.content(path);
    const auto data = content.find("\x28\xB5\x2F\xFD");
    if (path.find("/journal/") == std::string::npos || data == std::string::npos) continue;
    std::string flipped = content;
    flipped[data + 20] = static_cast<char>(flipped[data + 20] ^ 1);
    disk.put(path, flipped);
    break;
  }
  FaultyFiles files{std::move(disk)};
  open(files);
  read_all(*journal_);
  ASSERT_TRUE(commit_and_wait(*journal_, CommitMaker{"b"}.state("k", "v").take()).has_value());
  const auto rows = *journal_->ledger("a");
  const auto gone = std::count_if(rows.begin(), rows.end(), [](const journal::LedgerRow& row) {
    return row.coverage.state == CoverageState::damaged && row.coverage.item == "blob-0";
  });
  EXPECT_EQ(gone, 1);
  close();
}

TEST_F(FlippedByteTest, AClockThatJumpsForgetsAndRemovesNothing) {
  FaultyFiles files{sound_.killed()};
  for (const auto jump : {std::chrono::hours{24}, std::chrono::hours{-24},
                          std::chrono::hours{24 * 365}, std::chrono::hours{-24 * 365}}) {
    open(files);
    clock_.jump(jump);
    clock_.advance(std::chrono::hours{2});
    for (int i = 0; i < 3; ++i) {
      // Upkeep has its turns between commits.
      ASSERT_TRUE(commit_and_wait(*journal_, CommitMaker{"b"}.state("k", "v").take()).has_value());
      clock_.advance(std::chrono::seconds{3});
    }
    EXPECT_EQ(commit_and_wait(*journal_, numbered("a", 1, kEvents))->stored, 0U);
    EXPECT_EQ(read_all(*journal_).raws.size(), kEvents);
    close();
    open(files);
    EXPECT_EQ(commit_and_wait(*journal_, numbered("a", 1, kEvents))->stored, 0U);
    close();
  }
}

TEST_F(FlippedByteTest, RepairSaysWhatItWouldDoAndThenDoesIt) {
  DiskState disk = sound_.killed();
  for (const std::string& path : disk.paths()) {
    std::string content = *disk.content(path);
    if (content.size() < 700 || path.find("/lock") != std::string::npos) continue;
    content[content.size() / 2] = static_cast<char>(content[content.size() / 2] ^ 4);
    disk.put(path, content);
  }
  FaultyFiles files{std::move(disk)};
  const journal::RepairParts parts{files, clock_, random_, *log_};
  const std::vector<std::string> before = files.state().paths();
  const auto dry = journal::repair_store(kStore, false, parts);
  ASSERT_TRUE(dry.has_value()) << dry.error().sentence();
  EXPECT_FALSE(dry->found.empty());
  EXPECT_FALSE(dry->steps.empty());
  EXPECT_EQ(files.state().paths(), before);
  const auto done = journal::repair_store(kStore, true, parts);
  ASSERT_TRUE(done.has_value()) << done.error().sentence();
  EXPECT_FALSE(done->missing.empty());
  const auto again = journal::repair_store(kStore, false, parts);
  ASSERT_TRUE(again.has_value());
  EXPECT_TRUE(again->found.empty()) << again->found.front();
  open(files);
  const auto locked = journal::repair_store(kStore, true, parts);
  ASSERT_FALSE(locked.has_value());
  EXPECT_EQ(locked.error().code, "journal/locked");
  close();
}

}  // namespace
}  // namespace cistern::test
