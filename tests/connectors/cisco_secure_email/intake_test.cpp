// Files of the inbox and of a watched folder, with a real journal on a disk.
#include "connectors/cisco_secure_email/intake.hpp"

#include "base/random.hpp"
#include "intake_support.hpp"
#include "journal/inbox/inbox.hpp"
#include "runtime/status/status.hpp"

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::cisco_secure_email {
namespace {

using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAreArray;

constexpr std::chrono::seconds kPatience{30};

/// The test's thread is the loop and the pool; the journal's threads post to it.
class SharedLoop final : public Loop {
 public:
  explicit SharedLoop(ManualClock& clock) : clock_(clock) {}
  void post(Task task) override {
    const std::lock_guard lock{mutex_};
    tasks_.push_back(std::move(task));
    wake_.notify_all();
  }
  TimerId call_after(Duration delay, Task task) override {
    timers_.emplace(std::pair{clock_.steady() + delay, ++last_}, std::move(task));
    return last_;
  }
  void cancel(TimerId timer) override {
    std::erase_if(timers_, [&](const auto& each) { return each.first.second == timer; });
  }
  /// Runs tasks until the condition holds; time passes only when nothing else is to be done.
  template <class Condition>
  bool run_until(Condition condition, bool timers = true) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      if (run_one()) continue;
      if (!timers || timers_.empty()) continue;
      clock_.advance(std::max(Duration{0}, timers_.begin()->first.first - clock_.steady()));
      const Task task = std::move(timers_.begin()->second);
      timers_.erase(timers_.begin());
      task();
    }
    return true;
  }

 private:
  bool run_one() {
    std::unique_lock lock{mutex_};
    const auto ready = [this] { return !tasks_.empty(); };
    if (!wake_.wait_for(lock, std::chrono::milliseconds{2}, ready)) return false;
    const Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    return true;
  }

  ManualClock& clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  std::map<std::pair<Duration, TimerId>, Task> timers_;
  TimerId last_ = 0;
};

class IntakeTest : public ::testing::Test {
 protected:
  IntakeTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "intake-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
    options_.path = folder_ + "/store";
    options_.group_delay = options_.idle_delay = Duration{0};
    settings_.connector = "mail";
    open();
  }
  ~IntakeTest() override {
    stop();
    journal_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  void open() {
    auto journal = journal::open_journal(options_, *files_, clock_, random_, *log_);
    ASSERT_TRUE(journal.has_value()) << journal.error().sentence();
    journal_ = std::move(*journal);
  }
  void start() {
    status_.add_connector("mail", "cisco_secure_email");
    services_.emplace(runtime::Services{loop_, loop_, *journal_, clock_, random_, *log_, status_,
                                        budgets_, memory_});
    intake_ = make_file_intake(settings_, *services_);
    intake_->start();
  }
  void stop() {
    if (!intake_) return;
    bool stopped = false;
    intake_->stop([&] { stopped = true; });
    EXPECT_TRUE(loop_.run_until([&] { return stopped; }));
    intake_.reset();
  }
  void push(const std::string& bytes, const std::string& name = "mail_logs.@20250211T070000.s") {
    auto file = journal_->inbox()->create(
        "mail", R"({"name":")" + name + R"(","source":"mx","host":"192.0.2.5"})", bytes.size());
    ASSERT_TRUE(file.has_value()) << file.error().sentence();
    std::promise<Result<journal::InboxEntry>> stored;
    (*file)->append(bytes, [](const Status&) {});
    (*file)->finish([&](Result<journal::InboxEntry> entry) { stored.set_value(entry); });
    const auto entry = stored.get_future().get();
    ASSERT_TRUE(entry.has_value()) << entry.error().sentence();
  }
  void run_files(std::uint64_t count) {
    EXPECT_TRUE(loop_.run_until([&] { return intake_->facts().files >= count; }));
    EXPECT_TRUE(loop_.run_until([&] { return journal_->health().commits_waiting == 0; }));
    settle();
  }
  /// Until the inbox has nothing left.
  void settle() {
    EXPECT_TRUE(loop_.run_until([&] { return journal_->inbox()->list("mail").empty(); }));
  }
  std::vector<std::string> stored() {
    std::vector<std::string> raws;
    auto reader = journal_->reader();
    for (Sequence next = 1;;) {
      auto result = reader->read(next);
      EXPECT_TRUE(result.has_value());
      if (!result || result->group == nullptr) return raws;
      for (const journal::Envelope& envelope : result->group->envelopes)
        raws.emplace_back(envelope.raw);
      next = result->group->last + 1;
    }
  }

  std::string folder_;
  std::unique_ptr<Files> files_ = make_system_files();
  ManualClock clock_{*parse_time("2025-02-11T15:00:00Z")};
  SeededRandom random_{3};
  std::unique_ptr<Log> log_ = make_null_log();
  journal::JournalOptions options_;
  std::unique_ptr<journal::Journal> journal_;
  SharedLoop loop_{clock_};
  runtime::StatusBoard status_{clock_, *log_};
  runtime::RateBudgets budgets_;
  runtime::MemoryBudget memory_{64ULL << 20};
  std::optional<runtime::Services> services_;
  IntakeSettings settings_;
  std::unique_ptr<FileIntake> intake_;
};

TEST_F(IntakeTest, TakesWhatWaitsAndWhatComesOnceAndInOrder) {
  const std::string late = log_file(3, true, "LATE");
  const std::string early = log_file(3, true, "EARLY");
  push(late, "mail_logs.@20250211T080000.s");
  start();
  push(early, "mail_logs.@20250211T070000.s");
  run_files(2);
  auto expected = lines_of(early);
  const auto behind = lines_of(late);
  expected.insert(expected.end(), behind.begin(), behind.end());
  EXPECT_THAT(stored(), ElementsAreArray(expected));
  push(early, "renamed.@20250211T070000.s");
  run_files(3);
  EXPECT_EQ(intake_->facts().repeated, 1U);
  EXPECT_THAT(stored(), SizeIs(expected.size()));
  const auto rows = *journal_->ledger("mail");
  EXPECT_THAT(rows, SizeIs(3));
  for (const auto& row : rows) {
    EXPECT_EQ(row.coverage.kind, "object");
    EXPECT_EQ(row.coverage.state, CoverageState::whole);
  }
}

TEST_F(IntakeTest, GoesOnExactlyAfterAnEndAtAnyPart) {
  const std::string file = log_file(200'000);
  push(file);
  for (unsigned round = 0; !journal_->inbox()->list("mail").empty(); ++round) {
    ASSERT_LT(round, 20U);
    start();
    const Sequence before = journal_->health().last;
    EXPECT_TRUE(loop_.run_until(
        [&] { return journal_->health().last > before || intake_->facts().files > 0; }));
    // The journal ends under the intake's hands: what was handed over is durable or refused.
    journal_->close();
    stop();
    journal_.reset();
    open();
  }
  EXPECT_THAT(stored(), ElementsAreArray(lines_of(file)));
}

TEST_F(IntakeTest, NamesAFileThatIsDamagedAndGoesOn) {
  push(log_file(3, true, "BAD"), "mail_logs.@20250211T070000.s");
  const auto entry = journal_->inbox()->list("mail").at(0);
  const std::string path = options_.path + "/inbox/" + entry.id;
  std::fstream{path, std::ios::in | std::ios::out}.seekp(300).put('#');
  push(log_file(2, true, "GOOD"), "mail_logs.@20250211T080000.s");
  start();
  run_files(1);
  EXPECT_THAT(stored(), ElementsAreArray(lines_of(log_file(2, true, "GOOD"))));
  EXPECT_EQ(intake_->facts().incidents["damaged"], 1U);
  const auto aside = *journal_->set_aside_list();
  ASSERT_THAT(aside, SizeIs(1));
  EXPECT_THAT(aside[0].reason, ::testing::HasSubstr(entry.id));
  const auto rows = *journal_->ledger("mail");
  EXPECT_EQ(
      std::count_if(rows.begin(), rows.end(),
                    [](const auto& row) { return row.coverage.state == CoverageState::lost; }),
      1);
}

TEST_F(IntakeTest, ReadsAWatchedFolderOnceAlsoAfterARestart) {
  const std::string watched = folder_ + "/drop";
  std::filesystem::create_directory(watched);
  settings_.watch = WatchSettings{.folder = watched, .appliance = "mx"};
  const std::string name = watched + "/mail_logs.@20250211T070000.s";
  const std::string whole = log_file(20);
  std::ofstream{name} << whole.substr(0, 700);
  start();
  EXPECT_TRUE(loop_.run_until([&] { return intake_->facts().files >= 1; }));
  std::ofstream{name} << whole;
  EXPECT_TRUE(loop_.run_until([&] { return intake_->facts().files >= 2; }));
  stop();
  start();
  std::ofstream{watched + "/copy.@20250211T070000.s"} << whole;
  EXPECT_TRUE(loop_.run_until([&] { return intake_->facts().repeated >= 1; }));
  EXPECT_THAT(stored(), ElementsAreArray(lines_of(whole)));
  EXPECT_TRUE(std::filesystem::exists(name)) << "it is not ours to remove";
  stop();
}

TEST_F(IntakeTest, RemovesWatchedFilesWhenToldTo) {
  const std::string watched = folder_ + "/drop";
  std::filesystem::create_directory(watched);
  settings_.watch = WatchSettings{.folder = watched, .appliance = "mx", .remove = true};
  const std::string name = watched + "/mail_logs.@20250211T070000.s";
  std::ofstream{name} << log_file(20);
  start();
  EXPECT_TRUE(loop_.run_until([&] { return !std::filesystem::exists(name); }));
  EXPECT_THAT(stored(), SizeIs(lines_of(log_file(20)).size()));
}

TEST_F(IntakeTest, TakesManySmallFilesQuickly) {
  settings_.settle = Duration{0};
  constexpr unsigned kFiles = 200;
  start();
  const auto begun = std::chrono::steady_clock::now();
  for (unsigned n = 0; n < kFiles; ++n)
    push(log_file(20, true, "F" + std::to_string(n)),
         "mail_logs.@" + std::to_string(1'739'257'200 + n) + ".s");
  run_files(kFiles);
  const auto took = std::chrono::steady_clock::now() - begun;
  RecordProperty(
      "milliseconds",
      static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
  EXPECT_THAT(stored(), SizeIs(kFiles * lines_of(log_file(20)).size()));
}

}  // namespace
}  // namespace cistern::connectors::cisco_secure_email
