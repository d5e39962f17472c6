// What the tests of the journal have in common.
#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "journal/journal.hpp"
#include "sanitizer.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace cistern::test {

inline constexpr std::chrono::seconds kPatience{30};

/// A fresh folder that goes away with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "journal-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Records and the memory they need.
struct CommitMaker {
  std::shared_ptr<std::vector<std::string>> texts = std::make_shared<std::vector<std::string>>();
  Commit commit;

  explicit CommitMaker(std::string connector) { commit.connector = std::move(connector); }

  CommitMaker& record(const std::string& raw, const std::string& key,
                      RawForm form = RawForm::json) {
    texts->reserve(100'000);  // The views below must stay valid.
    texts->push_back(raw);
    Record record;
    if (!key.empty()) record.identity = make_identity({"test", key});
    record.stream = "audit";
    record.time = TimePoint{std::chrono::seconds{1'700'000'000}};
    record.raw = texts->back();
    record.form = form;
    commit.records.push_back(record);
    return *this;
  }
  CommitMaker& state(std::string key, std::string value) {
    commit.state.push_back({std::move(key), std::move(value)});
    return *this;
  }
  CommitMaker& coverage(Coverage row) {
    commit.coverage.push_back(std::move(row));
    return *this;
  }
  Commit take() {
    commit.owners.push_back(texts);
    return std::move(commit);
  }
};

/// Events `from` .. `from + count - 1` of a connector; its position counts them.
inline Commit numbered(const std::string& connector, std::uint64_t from, std::uint64_t count,
                       const std::string& filler = {}) {
  CommitMaker maker{connector};
  for (std::uint64_t n = from; n < from + count; ++n) {
    maker.record(R"({"connector":")" + connector + R"(","n":)" + std::to_string(n) +
                     R"(,"filler":")" + filler + "\"}",
                 connector + "/" + std::to_string(n));
  }
  maker.state("n", std::to_string(from + count - 1));
  return maker.take();
}

inline Result<CommitResult> commit_and_wait(journal::Journal& journal, Commit commit) {
  auto promise = std::make_shared<std::promise<Result<CommitResult>>>();
  auto future = promise->get_future();
  journal.commit(std::move(commit),
                 [promise](Result<CommitResult> result) { promise->set_value(std::move(result)); });
  if (future.wait_for(kPatience) != std::future_status::ready) {
    return fail_stop("test/timeout", "the commit was not answered", "");
  }
  return future.get();
}

inline Status move_and_wait(journal::Journal& journal, const std::string& name,
                            journal::Cursor cursor) {
  auto promise = std::make_shared<std::promise<Status>>();
  auto future = promise->get_future();
  journal.move_cursor(name, std::move(cursor), true,
                      [promise](Status status) { promise->set_value(std::move(status)); });
  if (future.wait_for(kPatience) != std::future_status::ready) {
    return fail_stop("test/timeout", "the move was not answered", "");
  }
  return future.get();
}

/// What a reader sees from one sequence on.
struct Seen {
  std::vector<std::string> raws;
  std::vector<Sequence> sequences;
  std::vector<journal::Hole> holes;
};

/// Reads as a destination does: what may go away by itself is tried again.
inline Result<Seen> try_read_all(journal::Journal& journal, Sequence next = 1) {
  Seen seen;
  auto reader = journal.reader();
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    auto result = reader->read(next);
    if (!result) {
      const bool may_go_away = result.error().verdict == Verdict::retry;
      if (!may_go_away || std::chrono::steady_clock::now() > deadline) return fail(result.error());
      std::this_thread::yield();
      continue;
    }
    if (result->hole) {
      seen.holes.push_back(*result->hole);
      next = result->hole->to + 1;
    }
    if (result->group == nullptr) return seen;
    for (const journal::Envelope& envelope : result->group->envelopes) {
      if (envelope.sequence < next) continue;
      seen.raws.emplace_back(envelope.raw);
      seen.sequences.push_back(envelope.sequence);
    }
    next = result->group->last + 1;
  }
}

inline Seen read_all(journal::Journal& journal, Sequence next = 1) {
  auto seen = try_read_all(journal, next);
  if (seen) return std::move(*seen);
  ADD_FAILURE() << seen.error().sentence();
  return {};
}

inline std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline void spit(const std::string& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// A store in a temporary folder.
class JournalTest : public ::testing::Test {
 protected:
  JournalTest() {
    options_.path = folder_.path() + "/store";
    options_.group_delay = std::chrono::milliseconds{0};
    options_.idle_delay = std::chrono::milliseconds{0};
  }

  void open(Files& files) {
    auto opened = journal::open_journal(options_, files, clock_, random_, *log_);
    ASSERT_TRUE(opened.has_value()) << opened.error().sentence();
    journal_ = std::move(*opened);
  }
  void open() { open(*files_); }
  void close() { journal_.reset(); }

  /// Paths of the segments in order.
  [[nodiscard]] std::vector<std::string> segments() const {
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(options_.path + "/journal")) {
      if (entry.path().extension() == ".zst") paths.push_back(entry.path().string());
    }
    std::sort(paths.begin(), paths.end());
    return paths;
  }
  void remove_index() const {
    for (const char* suffix : {"", "-wal", "-shm"}) {
      std::filesystem::remove(options_.path + "/index.db" + suffix);
    }
  }
  void commit_numbers(const std::string& connector, std::uint64_t from, std::uint64_t count) {
    auto result = commit_and_wait(*journal_, numbered(connector, from, count));
    ASSERT_TRUE(result.has_value()) << result.error().sentence();
    ASSERT_EQ(result->stored, count);
  }

  TemporaryFolder folder_;
  std::unique_ptr<Files> files_ = make_system_files();
  ManualClock clock_{TimePoint{std::chrono::seconds{1'750'000'000}}};
  SeededRandom random_{7};
  std::unique_ptr<Log> log_ = make_null_log();
  journal::JournalOptions options_;
  std::unique_ptr<journal::Journal> journal_;
};

}  // namespace cistern::test
