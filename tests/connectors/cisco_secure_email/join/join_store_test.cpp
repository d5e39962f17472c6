// The driver with a real store: what is derived becomes durable with its state and place, and a
// process that dies between two commits repeats nothing.
#include "join_harness.hpp"
#include "journal/journal_fixture.hpp"
#include "net/loop_thread.hpp"
#include "runtime/derive/derive_driver.hpp"
#include "runtime/pool.hpp"

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <random>

namespace cistern::test {
namespace {

namespace fs = std::filesystem;
using runtime::DeriverFacts;

/// One life of a process: a store, a loop, a pool, and the driver.
class Process {
 public:
  explicit Process(const std::string& path) {
    journal::JournalOptions options;
    options.path = path;
    options.group_delay = std::chrono::milliseconds{1};
    options.idle_delay = std::chrono::milliseconds{1};
    auto opened = journal::open_journal(options, *files_, clock_, random_, *log_);
    EXPECT_TRUE(opened.has_value()) << (opened ? "" : opened.error().sentence());
    journal_ = std::move(*opened);
    status_.add_connector("esa", "cisco_secure_email");
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    driver_.reset();
    pool_->drain();
    journal_->close();
  }

  void start() {
    runtime::DeriveOptions options;
    options.connector = "esa";
    options.streams = {"mail"};
    options.commit_every = std::chrono::milliseconds{0};
    options.tick = std::chrono::milliseconds{5};
    const runtime::Services services{.loop = loop_.loop(),
                                     .pool = *pool_,
                                     .journal = *journal_,
                                     .clock = clock_,
                                     .random = random_,
                                     .log = *log_,
                                     .status = status_,
                                     .budgets = budgets_,
                                     .memory = memory_};
    driver_ = runtime::make_derive_driver(options, std::make_unique<Joiner>(), services);
    driver_->start();
  }
  void stop() {
    std::promise<void> stopped;
    driver_->stop([&] { stopped.set_value(); });
    ASSERT_EQ(stopped.get_future().wait_for(kPatience), std::future_status::ready);
    driver_.reset();
  }
  void push(const LogFile& file) {
    Commit commit;
    commit.connector = "esa";
    auto texts = std::make_shared<std::vector<std::string>>();
    texts->reserve(file.records.size() * 2);
    for (std::size_t i = 0; i < file.records.size(); ++i) {
      Record record;
      texts->push_back(file.records[i]);
      record.raw = texts->back();
      texts->push_back(R"({"appliance":"esa1","host":"esa.example.com","log":"mail_logs","line":)" +
                       std::to_string(i + 1) + R"(,"offset_seconds":0,"file_id":")" + file.id +
                       "\"}");
      record.meta = texts->back();
      record.identity = make_identity({"file", file.id, std::to_string(i)});
      record.stream = "mail";
      record.form = RawForm::text;
      commit.records.push_back(record);
    }
    commit.owners.push_back(texts);
    const auto stored = commit_and_wait(*journal_, std::move(commit));
    ASSERT_TRUE(stored.has_value()) << stored.error().sentence();
  }
  DeriverFacts facts() {
    return status_.connectors().front().deriving.value_or(
        DeriverFacts{.backlog = 1, .incidents = {}});
  }
  /// Waits until the driver has looked at everything; then no line comes for a minute.
  void rest() {
    const auto wait = [&] {
      const auto deadline = std::chrono::steady_clock::now() + kPatience;
      std::uint64_t before = 0;
      // Its own events are the last that it passes: twice the same without a backlog is the end.
      for (int calm = 0; calm < 20; std::this_thread::yield()) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline);
        const auto now = facts();
        const std::uint64_t sum = now.read + now.derived + status_.connectors().size();
        calm = now.backlog == 0 && sum == before ? calm + 1 : 0;
        before = sum;
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
      }
    };
    wait();
    clock_.advance(std::chrono::seconds{61});
    wait();
    clock_.advance(std::chrono::seconds{61});
    wait();
  }
  journal::Journal& journal() { return *journal_; }
  ManualClock& clock() { return clock_; }
  /// What the store holds of the message stream.
  std::multiset<std::string> messages() {
    std::multiset<std::string> all;
    auto reader = journal_->reader();
    for (Sequence next = 1;;) {
      auto read = reader->read(next);
      EXPECT_TRUE(read.has_value());
      if (!read || !read->group) return all;
      for (const auto& envelope : read->group->envelopes) {
        if (envelope.sequence < next || envelope.stream != "message") continue;
        EXPECT_TRUE(identities_.insert(std::string{envelope.id}).second) << envelope.raw;
        EXPECT_NE(envelope.meta.find("derived_from"), std::string_view::npos);
        all.insert(std::string{envelope.raw});
      }
      next = read->group->last + 1;
    }
  }

 private:
  std::unique_ptr<Files> files_ = make_system_files();
  ManualClock clock_{TimePoint{std::chrono::seconds{1'750'000'000}}};
  SeededRandom random_{7};
  std::unique_ptr<Log> log_ = make_null_log();
  runtime::StatusBoard status_{clock_, *log_};
  runtime::RateBudgets budgets_;
  runtime::MemoryBudget memory_{1 << 20};
  net::LoopThread loop_;
  std::unique_ptr<runtime::Pool> pool_ = runtime::make_pool(2);
  std::unique_ptr<journal::Journal> journal_;
  std::unique_ptr<runtime::DeriveDriver> driver_;
  std::set<std::string> identities_;
};

MailDay small_day(std::uint32_t seed) {
  MailDayOptions options;
  options.seed = seed;
  options.connections = 150;
  options.files = 8;
  return make_mail_day(options);
}

std::multiset<std::string> expected(const MailDay& day) {
  JoinHarness harness;
  for (const auto& file : day.files)
    harness.push(file);
  harness.pause(std::chrono::seconds{61});
  std::multiset<std::string> all;
  for (const auto& event : harness.events())
    all.insert(boost::json::serialize(event));
  return all;
}

TEST(JoinStore, MessagesStandBesideTheirLines) {
  const TemporaryFolder folder;
  const MailDay day = small_day(1);
  Process process{folder.path() + "/store"};
  process.start();
  for (const auto& file : day.files)
    process.push(file);
  process.rest();
  process.stop();
  const auto messages = process.messages();
  EXPECT_EQ(messages, expected(day));
  const auto cursor = process.journal().cursor(journal::deriver_cursor("esa"));
  ASSERT_TRUE(cursor.has_value() && cursor->has_value());
  EXPECT_GT((*cursor)->next, 1U);
  const auto position = process.journal().position("esa");
  ASSERT_TRUE(position.has_value());
  EXPECT_TRUE(position->contains("join/place"));
}

// Derived events are no received ones.
TEST(JoinStore, DerivedEventsAreCountedAsSuch) {
  const TemporaryFolder folder;
  const MailDay day = small_day(2);
  Process process{folder.path() + "/store"};
  process.start();
  for (const auto& file : day.files)
    process.push(file);
  process.rest();
  EXPECT_EQ(process.facts().derived, expected(day).size());
  process.stop();
  std::uint64_t lines = 0;
  for (const auto& file : day.files)
    lines += file.records.size();
  EXPECT_EQ(process.facts().read, lines);
}

// The store as a power cut may leave it at any moment: what a new process makes of it is the same.
TEST(JoinStore, AKilledProcessRepeatsNothing) {
  const MailDay day = small_day(3);
  const auto wanted = expected(day);
  std::mt19937 random{5};
  for (int kill = 0; kill < 4; ++kill) {
    const TemporaryFolder folder;
    const std::string copy = folder.path() + "/copy";
    const std::size_t at = random() % day.files.size();
    {
      Process process{folder.path() + "/store"};
      process.start();
      for (std::size_t i = 0; i <= at; ++i)
        process.push(day.files[i]);
      if (kill % 2 == 0) {
        process.clock().advance(std::chrono::seconds{1});
        process.push(day.files[(at + 1) % day.files.size()]);
      }
      // The log alone is the truth; the index is rebuilt from it.
      fs::create_directories(copy);
      fs::copy(folder.path() + "/store/journal", copy + "/journal", fs::copy_options::recursive);
    }
    Process process{copy};
    process.start();
    for (const auto& file : day.files)
      process.push(file);
    process.rest();
    process.stop();
    EXPECT_EQ(process.messages(), wanted) << "killed in file " << at;
  }
}

TEST(JoinStore, ARestartGoesOnWhereItWas) {
  const TemporaryFolder folder;
  const MailDay day = small_day(4);
  for (std::size_t i = 0; i < day.files.size(); ++i) {
    Process process{folder.path() + "/store"};
    process.start();
    process.push(day.files[i]);
    if (i + 1 == day.files.size()) process.rest();
    process.stop();
    if (i + 1 < day.files.size()) continue;
    EXPECT_EQ(process.messages(), expected(day));
  }
}

}  // namespace
}  // namespace cistern::test
