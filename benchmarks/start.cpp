#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "journal/journal.hpp"
#include "path.hpp"

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <memory>
#include <mutex>

namespace cistern::bench {
namespace {

/// 100 GiB in segments of 256 MiB. What a start does depends on their number, not on their size: it
/// reads the header of each and the last groups of the last one.
constexpr std::uint64_t kSegments = 400;
constexpr std::uint64_t kSegmentSize = 64U << 10;

struct Parts {
  std::unique_ptr<Files> files = make_system_files();
  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<Log> log = make_null_log();

  std::unique_ptr<journal::Journal> open(const std::string& path) {
    journal::JournalOptions options;
    options.path = path;
    options.segment_size = kSegmentSize;
    auto opened = journal::open_journal(options, *files, clock, random, *log);
    if (opened) return std::move(*opened);
    std::fprintf(stderr, "%s\n", opened.error().sentence().c_str());
    std::exit(1);
  }
};

/// One commit that fills a segment: a text that does not compress.
Commit filling(Random& random, std::uint64_t number) {
  auto batch = std::make_shared<RecordBatch>();
  while (batch->storage.size() < kSegmentSize) {
    const auto word = random.next();
    batch->storage.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  Record record;
  record.identity = make_identity({std::to_string(number)});
  record.stream = "bench";
  record.raw = batch->storage;
  record.form = RawForm::bytes;
  Commit commit;
  commit.connector = "bench";
  commit.records.push_back(record);
  commit.owners.push_back(batch);
  commit.state.push_back({"at", std::to_string(number)});
  return commit;
}

void commit_and_wait(journal::Journal& journal, Commit commit) {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  journal.commit(std::move(commit), [&](Result<CommitResult> result) {
    if (!result) std::exit(1);
    const std::lock_guard lock(mutex);
    done = true;
    changed.notify_one();
  });
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return done; });
}

Row opening(Parts& parts, const std::string& path, std::string what) {
  const Stopwatch watch;
  const auto journal = parts.open(path);
  char text[64];
  std::snprintf(text, sizeof text, "%.3f s", watch.wall());
  Row row{std::move(what), text, "1 s with 100 GiB and 80 million", ""};
  std::snprintf(text, sizeof text, "CPU %.3f s", watch.cpu());
  row.remark = text;
  journal->close();
  return row;
}

}  // namespace

Table measure_start(const std::string& folder) {
  Parts parts;
  const std::string path = folder + "/start";
  const std::string killed = folder + "/killed";
  auto journal = parts.open(path);
  for (std::uint64_t i = 0; i < kSegments; ++i)
    commit_and_wait(*journal, filling(parts.random, i));
  const std::filesystem::directory_iterator segments(path + "/journal");
  if (std::distance(begin(segments), end(segments)) < static_cast<std::ptrdiff_t>(kSegments)) {
    std::fprintf(stderr, "the store for measuring the start has too few segments\n");
    std::exit(1);
  }
  // What a killed process leaves behind, as far as a running one's files show it.
  std::filesystem::copy(path, killed, std::filesystem::copy_options::recursive);
  journal->close();
  journal.reset();
  Table table{"Start with " + std::to_string(kSegments) +
                  " segments, as 100 GiB have (wall; the identities' own start is above)",
              {}};
  table.rows.push_back(opening(parts, path, "after an orderly end"));
  table.rows.push_back(opening(parts, killed, "after a kill"));
  return table;
}

}  // namespace cistern::bench
