// The inbox: what was acknowledged is there, what was consumed is gone, and nothing else is.
#include "faulty_files.hpp"
#include "inbox_fixture.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <sys/stat.h>

namespace cistern::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class InboxTest : public JournalTest {
 protected:
  ~InboxTest() override { close(); }
  [[nodiscard]] std::vector<std::string> files_on_disk() const {
    std::vector<std::string> names;
    if (!std::filesystem::exists(options_.path + "/inbox")) return names;
    for (const auto& entry : std::filesystem::directory_iterator(options_.path + "/inbox"))
      names.push_back(entry.path().filename());
    return names;
  }
  template <class Condition>
  static bool eventually(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }
  journal::Inbox& inbox() { return *journal_->inbox(); }

  FaultyFiles faulty_;
};

TEST_F(InboxTest, KeepsAFileUntilACommitConsumesIt) {
  open();
  const std::string bytes(1'000, 'x');
  const auto entry = push_file(*journal_, "mail", bytes, 300, R"({"name":"../../etc/passwd"})");
  ASSERT_TRUE(entry.has_value()) << entry.error().sentence();
  ASSERT_THAT(files_on_disk(), SizeIs(1));
  EXPECT_EQ(files_on_disk()[0], entry->id) << "the name is ours";
  struct stat facts {};
  ASSERT_EQ(::stat((options_.path + "/inbox/" + entry->id).c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  EXPECT_EQ(journal_->health().inbox_files, 1U);
  EXPECT_EQ(journal_->health().inbox_bytes, bytes.size());
  close();
  open();
  const auto listed = inbox().list("mail");
  ASSERT_THAT(listed, SizeIs(1));
  EXPECT_EQ(listed[0].description, R"({"name":"../../etc/passwd"})");
  EXPECT_EQ(listed[0].size, bytes.size());
  EXPECT_THAT(inbox().list("other"), IsEmpty());
  EXPECT_EQ(*inbox().read(entry->id, 0, 5'000), bytes);
  EXPECT_EQ(inbox().read(entry->id, 990, 100)->size(), 10U);
  ASSERT_TRUE(commit_and_wait(*journal_, consuming(*entry, numbered("mail", 1, 2))).has_value());
  EXPECT_THAT(inbox().list("mail"), IsEmpty());
  EXPECT_TRUE(eventually([&] { return files_on_disk().empty(); }));
  EXPECT_EQ(inbox().read(entry->id, 0, 10).error().code, "journal/inbox-missing");
  EXPECT_EQ(journal_->health().inbox_bytes, 0U);
}

TEST_F(InboxTest, ReadsAcrossBlocks) {
  open();
  std::string bytes((9U << 20) + 77, '\0');
  for (std::size_t at = 0; at < bytes.size(); ++at)
    bytes[at] = static_cast<char>(at * 31 % 251);
  const auto entry = push_file(*journal_, "mail", bytes, 1'000'003);
  ASSERT_TRUE(entry.has_value());
  const std::size_t from = (4U << 20) - 5;
  EXPECT_EQ(*inbox().read(entry->id, from, 5U << 20), bytes.substr(from, 5U << 20));
}

TEST_F(InboxTest, WhatBreaksOffLeavesNothing) {
  open();
  {
    auto file = inbox().create("mail", "{}", std::nullopt);
    ASSERT_TRUE(file.has_value());
    Told<Status> written;
    (*file)->append("half a file", written.callback());
    ASSERT_TRUE(written.wait().has_value());
    EXPECT_THAT(files_on_disk(), SizeIs(1));
  }
  EXPECT_TRUE(eventually([&] { return files_on_disk().empty(); }));
  EXPECT_TRUE(eventually([&] { return journal_->health().inbox_bytes == 0; }));
  auto file = inbox().create("mail", "{}", 100);
  Told<Status> written;
  (*file)->append("too few", written.callback());
  Told<Result<journal::InboxEntry>> stored;
  (*file)->finish(stored.callback());
  EXPECT_EQ(stored.wait().error().code, "journal/inbox-size");
  EXPECT_THAT(files_on_disk(), IsEmpty());
  EXPECT_THAT(inbox().list("mail"), IsEmpty());
}

TEST_F(InboxTest, ADiskThatIsFullInTheMiddleRefusesTheFileAndKeepsNothing) {
  options_.path = "/machine/store";
  open(faulty_);
  ASSERT_TRUE(push_file(*journal_, "mail", "first").has_value());
  faulty_.set_room(250);
  const auto refused = push_file(*journal_, "mail", std::string(1'000, 'x'));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, "file/no-space");
  EXPECT_EQ(faulty_.list("/machine/store/inbox")->size(), 1U);
  EXPECT_EQ(journal_->health().inbox_refused, 1U);
  EXPECT_EQ(journal_->health().inbox_bytes, 5U);
  faulty_.set_room(std::nullopt);
  EXPECT_TRUE(push_file(*journal_, "mail", std::string(1'000, 'x')).has_value());
  EXPECT_THAT(inbox().list("mail"), SizeIs(2));
  close();
}

TEST_F(InboxTest, BoundsWhatIsNotAsked) {
  options_.max_size = 1U << 20;
  open();
  EXPECT_EQ(inbox().create("mail", "{}", 2'000'000'000).error().code, "journal/inbox-size");
  EXPECT_EQ(inbox().create("mail", "no object", 1).error().code, "journal/misuse");
  EXPECT_EQ(inbox().create("mail", "{}", 300'000).error().code, "journal/inbox-full")
      << "a quarter of the store";
  ASSERT_TRUE(push_file(*journal_, "mail", std::string(200'000, 'x'), 50'000).has_value());
  auto growing = inbox().create("mail", "{}", std::nullopt);
  ASSERT_TRUE(growing.has_value());
  Told<Status> written;
  (*growing)->append(std::string(100'000, 'x'), written.callback());
  EXPECT_EQ(written.wait().error().code, "journal/inbox-full");
  std::vector<std::unique_ptr<journal::InboxFile>> open_files;
  for (std::uint64_t n = 0; n < journal::kMaxInboxOpen; ++n) {
    if (auto file = inbox().create("mail", "{}", 0)) open_files.push_back(std::move(*file));
  }
  EXPECT_LE(open_files.size(), journal::kMaxInboxOpen);
  EXPECT_EQ(inbox().create("mail", "{}", 0).error().code, "journal/inbox-full");
  EXPECT_GE(journal_->health().inbox_refused, 3U);
}

TEST_F(InboxTest, CleansUpWhatNoKeyNamesAndNamesWhatIsMissing) {
  open();
  const auto kept = push_file(*journal_, "mail", "kept");
  const auto lost = push_file(*journal_, "mail", "lost");
  const auto cut = push_file(*journal_, "mail", "cut off");
  ASSERT_TRUE(cut.has_value());
  close();
  const std::string folder = options_.path + "/inbox/";
  std::filesystem::remove(folder + lost->id);
  std::filesystem::resize_file(folder + cut->id, 3);
  spit(folder + "00000000001700000000-0badc0de", "never acknowledged");
  spit(folder + "00000000001700000001-0badc0de.tmp", "broken off");
  spit(folder + "a stranger's file", "not ours");
  open();
  EXPECT_THAT(files_on_disk(), SizeIs(3));
  for (const journal::InboxEntry& entry : inbox().list("mail")) {
    EXPECT_EQ(entry.problem.empty(), entry.id == kept->id) << entry.problem;
    if (entry.id == kept->id) continue;
    EXPECT_THAT(entry.problem, HasSubstr(entry.id));
    EXPECT_EQ(inbox().read(entry.id, 0, 10).error().code, "journal/inbox-missing");
    EXPECT_TRUE(commit_and_wait(*journal_, consuming(entry, Commit{})).has_value());
  }
  EXPECT_THAT(inbox().list("mail"), SizeIs(1));
}

TEST_F(InboxTest, FollowsAConnectorThatIsRenamedOrRemoved) {
  open();
  ASSERT_TRUE(push_file(*journal_, "mail", "one").has_value());
  const auto edit = [&](journal::StoreEdit change) {
    Told<Status> done;
    journal_->edit(std::move(change), done.callback());
    return done.wait();
  };
  ASSERT_TRUE(
      edit({.kind = journal::StoreEdit::Kind::rename_connector, .name = "mail", .to = "esa"}));
  EXPECT_THAT(inbox().list("mail"), IsEmpty());
  EXPECT_THAT(inbox().list("esa"), SizeIs(1));
  close();
  open();
  EXPECT_THAT(inbox().list("esa"), SizeIs(1));
  ASSERT_TRUE(edit({.kind = journal::StoreEdit::Kind::remove_connector, .name = "esa"}));
  EXPECT_THAT(inbox().list("esa"), IsEmpty());
  EXPECT_TRUE(eventually([&] { return files_on_disk().empty(); }));
}

TEST_F(InboxTest, TellsListenersAndManySendersAtOnce) {
  open();
  std::atomic<int> heard = 0;
  const auto listener = inbox().on_stored([&](const journal::InboxEntry&) { ++heard; });
  std::vector<std::thread> senders;
  for (int sender = 0; sender < 4; ++sender) {
    senders.emplace_back([&, sender] {
      for (int n = 0; n < 10; ++n) {
        const std::string bytes(static_cast<std::size_t>(500 + sender), 'x');
        EXPECT_TRUE(push_file(*journal_, "mail", bytes).has_value());
      }
    });
  }
  for (std::thread& sender : senders)
    sender.join();
  inbox().remove_listener(listener);
  ASSERT_TRUE(push_file(*journal_, "mail", "unheard").has_value());
  EXPECT_EQ(heard, 40);
  EXPECT_THAT(inbox().list("mail"), SizeIs(41));
}

TEST_F(InboxTest, AFlippedByteIsNamedAndNeverRead) {
  open();
  const std::string bytes(3'000, 'x');
  const auto entry = push_file(*journal_, "mail", bytes);
  const std::string path = options_.path + "/inbox/" + entry->id;
  for (std::size_t at = 0; at < bytes.size(); at += 97) {
    std::string flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ 4);
    spit(path, flipped);
    const auto read = inbox().read(entry->id, 0, 10);
    ASSERT_FALSE(read.has_value()) << at;
    EXPECT_EQ(read.error().code, "journal/inbox-damaged");
    EXPECT_EQ(read.error().verdict, Verdict::set_aside);
  }
  close();
  const auto report = journal::verify_store(options_.path, *files_, {});
  ASSERT_TRUE(report.has_value());
  ASSERT_THAT(report->problems, SizeIs(1));
  EXPECT_THAT(report->problems[0], HasSubstr(entry->id));
  const journal::RepairParts parts{*files_, clock_, random_, *log_};
  const auto repaired = journal::repair_store(options_.path, true, parts);
  ASSERT_TRUE(repaired.has_value());
  EXPECT_THAT(repaired->found, SizeIs(1));
  EXPECT_THAT(repaired->steps, testing::Contains(HasSubstr("inbox")));
  EXPECT_TRUE(journal::verify_store(options_.path, *files_, {})->problems.empty());
  open();
  EXPECT_THAT(inbox().list("mail"), IsEmpty());
  const auto rows = *journal_->ledger("mail");
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].coverage.state, CoverageState::lost);
  EXPECT_THAT(rows[0].coverage.reason, HasSubstr(entry->id));
  EXPECT_TRUE(std::filesystem::exists(options_.path + "/damaged/inbox-" + entry->id));
}

class ReserveTest : public JournalTest {
 protected:
  ReserveTest() {
    options_.max_size = 100'000;
    options_.segment_size = 20'000;
    options_.retry_delay = std::chrono::milliseconds{1};
  }
  ~ReserveTest() override { close(); }
  Commit incompressible(const std::string& connector, bool pushed) {
    std::string text;
    while (text.size() < 2'000)
      text += to_hex(make_identity({std::to_string(++n_), std::to_string(text.size())}));
    CommitMaker maker{connector};
    maker.record("\"" + text + "\"", std::to_string(n_)).state("n", std::to_string(n_));
    Commit commit = maker.take();
    commit.pushed = pushed;
    return commit;
  }
  void wait_for(const std::string& code) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (journal_->health().failure.code != code) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << journal_->health().failure.code;
      std::this_thread::yield();
    }
  }
  std::uint64_t n_ = 0;
};

TEST_F(ReserveTest, PushedCommitsPassTheOthersAndEndWithTheReserve) {
  open();
  ASSERT_TRUE(
      move_and_wait(*journal_, "siem", {.next = 1, .state = {}, .delivered = 0, .skipped = 0}));
  while (journal_->health().bytes_on_disk < options_.max_size)
    ASSERT_TRUE(commit_and_wait(*journal_, incompressible("poll", false)).has_value());
  wait_for("journal/full");
  Told<Result<CommitResult>> held;
  journal_->commit(incompressible("poll", false), held.callback());
  EXPECT_TRUE(push_file(*journal_, "push", "a file").has_value());
  // Behind the one that waits, and durable nevertheless.
  unsigned taken = 0;
  while (journal_->health().bytes_on_disk < options_.max_size + options_.max_size / 10) {
    ASSERT_TRUE(commit_and_wait(*journal_, incompressible("push", true)).has_value());
    ++taken;
  }
  EXPECT_GE(taken, 4U);
  wait_for("journal/reserve-full");
  EXPECT_EQ(journal_->health().state, journal::Health::State::paused);
  EXPECT_GE(journal_->health().reserve_used, journal_->health().reserve);
  EXPECT_EQ(journal_->inbox()->create("push", "{}", 10).error().code, "journal/reserve-full");
  Told<Result<CommitResult>> beyond;
  journal_->commit(incompressible("push", true), beyond.callback());
  EXPECT_EQ(journal_->health().commits_waiting, 2U);
  const Sequence last = journal_->health().last;
  ASSERT_TRUE(move_and_wait(*journal_, "siem",
                            {.next = last + 1, .state = {}, .delivered = 0, .skipped = 0}));
  EXPECT_TRUE(held.wait().has_value());
  EXPECT_TRUE(beyond.wait().has_value());
  EXPECT_EQ(journal_->health().last, last + 2);
}

TEST_F(ReserveTest, TheInboxCountsInTheStoresSize) {
  open();
  ASSERT_TRUE(
      move_and_wait(*journal_, "siem", {.next = 1, .state = {}, .delivered = 0, .skipped = 0}));
  ASSERT_TRUE(push_file(*journal_, "mail", std::string(24'000, 'x'), 9'000).has_value());
  while (journal_->health().bytes_on_disk < options_.max_size)
    ASSERT_TRUE(commit_and_wait(*journal_, incompressible("poll", false)).has_value());
  wait_for("journal/full");
  Told<Result<CommitResult>> held;
  journal_->commit(incompressible("poll", false), held.callback());
  const auto entry = journal_->inbox()->list("mail").at(0);
  ASSERT_TRUE(commit_and_wait(*journal_, consuming(entry, Commit{})).has_value());
  EXPECT_TRUE(held.wait().has_value()) << "consuming the file made room";
}

}  // namespace
}  // namespace cistern::test
