#include "path.hpp"

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "codec/compress.hpp"
#include "config/loader.hpp"
#include "destinations/file/file_destination.hpp"
#include "destinations/format/format.hpp"
#include "ecs/view.hpp"
#include "journal/journal.hpp"
#include "runtime/delivery/batch_builder.hpp"
#include "runtime/destination.hpp"
#include "runtime/settings.hpp"

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <set>

namespace cistern::bench {
namespace {

template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "%s\n", result.error().sentence().c_str());
  std::exit(1);
}

void must(const Status& status) {
  if (status) return;
  std::fprintf(stderr, "%s\n", status.error().sentence().c_str());
  std::exit(1);
}

/// CPU seconds of one part of the limit, over all the data.
double cpu_of(const std::function<void()>& work) {
  const Stopwatch watch;
  work();
  return watch.cpu();
}

void write_file(const std::string& path, std::string_view bytes) {
  const auto files = make_system_files();
  const auto file = must(files->open(path, OpenMode::create_or_open));
  for (std::size_t at = 0; at < bytes.size(); at += 1U << 20)
    must(file->write_at(at, bytes.substr(at, 1U << 20)));
  must(file->sync());
  std::filesystem::remove(path);
}

std::shared_ptr<const ecs::View> compile(const runtime::ConnectorType& type) {
  std::vector<embedded::File> mappings;
  for (const auto& file : type.files) {
    if (file.path.starts_with("mappings/")) mappings.push_back(file);
  }
  return must(ecs::compile_view(mappings, type.functions,
                                type.view_options(config::default_values(type.options)),
                                type.readers));
}

/// Waits for a number of commits.
class Pending {
 public:
  void add() {
    const std::lock_guard lock(mutex_);
    ++open_;
  }
  void done() {
    const std::lock_guard lock(mutex_);
    if (--open_ == 0) none_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    none_.wait(lock, [this] { return open_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_;
  std::size_t open_ = 0;
};

/// The collector's parts in one line, driven by this thread (the journal's writer has its own).
struct Pipeline {
  const PathSource& source;
  std::unique_ptr<Files> files = make_system_files();
  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<Log> log = make_null_log();
  std::unique_ptr<journal::Journal> journal;
  std::unique_ptr<runtime::Format> format;
  std::unique_ptr<runtime::BatchBuilder> builder;
  std::unique_ptr<runtime::Destination> destination;
  Sequence next = 1;
  double decode_cpu = 0;
  double render_cpu = 0;
  double deliver_cpu = 0;
  std::uint64_t rendered_bytes = 0;

  Pipeline(const PathSource& from, const std::string& folder) : source(from) {
    journal::JournalOptions options;
    options.path = folder + "/store";
    journal = must(journal::open_journal(options, *files, clock, random, *log));
    auto views = std::make_shared<runtime::Views>();
    views->emplace("bench", compile(source.type));
    format =
        must(destinations::make_plain_format("ecs", std::shared_ptr<const runtime::Views>{views}));
    builder = std::make_unique<runtime::BatchBuilder>(journal->reader(), *format,
                                                      std::set<std::string, std::less<>>{});
    const auto type = destinations::file_destination_type();
    auto values = config::default_values(type.options);
    values.values["path"].text = folder + "/events.ndjson";
    destination =
        must(type.make(values, {.name = "bench", .files = *files, .clock = clock, .log = *log}));
    must(destination->open(""));
  }

  void collect(std::size_t from, std::size_t to) {
    Pending pending;
    for (std::size_t i = from; i < to; ++i) {
      const Chunk& chunk = source.chunks[i];
      std::shared_ptr<const RecordBatch> batch;
      {
        const StageTime stage(decode_cpu);
        batch = source.decode(chunk);
      }
      Commit commit;
      commit.connector = "bench";
      commit.records = batch->records;
      commit.owners.push_back(batch);
      commit.dedupe = source.dedupe;
      commit.state.push_back({"seen/" + chunk.name, "1"});
      Coverage row;
      row.stream = source.stream;
      row.kind = source.coverage_kind;
      row.item = chunk.name;
      row.offered = batch->records.size();
      commit.coverage.push_back(std::move(row));
      pending.add();
      journal->commit(std::move(commit), [&](Result<CommitResult> result) {
        must(std::move(result));
        pending.done();
      });
    }
    pending.wait();
  }

  /// With the same batches as the running program makes.
  void deliver() {
    const runtime::DeliveryOptions options;
    while (true) {
      std::unique_ptr<runtime::BuiltBatch> built;
      {
        const StageTime stage(render_cpu);
        built = must(builder->build(next, {.bytes = options.batch_bytes,
                                           .events = options.batch_events,
                                           .until = std::numeric_limits<Sequence>::max() - 1}));
      }
      if (built->batch.payloads.empty()) return;
      {
        const StageTime stage(deliver_cpu);
        must(destination->deliver(built->batch));
      }
      rendered_bytes += built->batch.bytes.size();
      next = built->batch.last + 1;
    }
  }
};

/// The lines of all groups of the store, in order.
std::vector<std::string> stored_lines(journal::Journal& journal) {
  std::vector<std::string> lines;
  const auto reader = journal.reader();
  for (Sequence next = 1;;) {
    const auto read = must(reader->read(next));
    if (read.group == nullptr) return lines;
    lines.push_back(read.group->lines);
    next = read.group->last + 1;
  }
}

struct Limit {
  double gunzip = 0;
  double parse = 0;
  double compress = 0;
  double write_stored = 0;
  double write_ecs = 0;
  [[nodiscard]] double all() const { return gunzip + parse + compress + write_stored + write_ecs; }
};

/// `lines`: what the store holds, before compression.
Limit measure_limit(const PathSource& source, const std::vector<std::string>& lines,
                    std::uint64_t ecs_bytes, const std::string& folder) {
  Limit limit;
  if (source.gunzip) limit.gunzip = cpu_of(source.gunzip);
  limit.parse = cpu_of(source.parse);
  std::string stored;
  limit.compress = cpu_of([&] {
    for (const auto& group : lines)
      codec::zstd_compress(group, 1, stored);
  });
  limit.write_stored = cpu_of([&] { write_file(folder + "/stored", stored); });
  const std::string documents(ecs_bytes, 'x');
  limit.write_ecs = cpu_of([&] { write_file(folder + "/ecs", documents); });
  return limit;
}

std::string share(double part, double whole) {
  char text[32];
  std::snprintf(text, sizeof text, "%.0f %%", part / whole * 100);
  return text;
}

}  // namespace

namespace {

/// CPU seconds of one turn over all chunks.
struct Turn {
  double all = 0;
  double wall = 0;
  double decode = 0;
  double render = 0;
  double deliver = 0;
  Limit limit;
};

Turn run_turn(const PathSource& source, const std::string& folder) {
  constexpr std::size_t kAtOnce = 8;
  std::filesystem::create_directory(folder);
  Turn turn;
  std::uint64_t rendered = 0;
  std::vector<std::string> lines;
  {
    Pipeline pipeline(source, folder);
    const Stopwatch watch;
    for (std::size_t at = 0; at < source.chunks.size(); at += kAtOnce) {
      pipeline.collect(at, std::min(source.chunks.size(), at + kAtOnce));
      pipeline.deliver();
    }
    turn.all = watch.cpu();
    turn.wall = watch.wall();
    turn.decode = pipeline.decode_cpu;
    turn.render = pipeline.render_cpu;
    turn.deliver = pipeline.deliver_cpu;
    rendered = pipeline.rendered_bytes;
    lines = stored_lines(*pipeline.journal);
    pipeline.journal->close();
  }
  turn.limit = measure_limit(source, lines, rendered, folder);
  std::filesystem::remove_all(folder);
  return turn;
}

/// The median of one figure over all turns.
template <class Figure>
double middle(const std::vector<Turn>& turns, Figure&& figure) {
  std::vector<double> values;
  for (const Turn& turn : turns)
    values.push_back(figure(turn));
  return median(std::move(values));
}

std::string cost(double seconds, double bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f ns a byte", seconds / bytes * 1e9);
  return text;
}

void add_limit_rows(const std::vector<Turn>& turns, double bytes, Table& table) {
  const auto row = [&](std::string what, auto&& figure) {
    const double seconds = middle(turns, figure);
    table.rows.push_back({std::move(what), megabytes_per_second(bytes, seconds), "", ""});
  };
  if (middle(turns, [](const Turn& turn) { return turn.limit.gunzip; }) > 0)
    row("  limit: gunzip", [](const Turn& turn) { return turn.limit.gunzip; });
  row("  limit: validating parse", [](const Turn& turn) { return turn.limit.parse; });
  row("  limit: zstd level 1 of the stored lines",
      [](const Turn& turn) { return turn.limit.compress; });
  row("  limit: write of stored bytes", [](const Turn& turn) { return turn.limit.write_stored; });
  row("  limit: write of ECS bytes", [](const Turn& turn) { return turn.limit.write_ecs; });
}

void add_stage_rows(const std::vector<Turn>& turns, double bytes, Table& table) {
  const double all = middle(turns, [](const Turn& turn) { return turn.all; });
  const auto row = [&](std::string what, auto&& figure) {
    const double part = middle(turns, figure);
    table.rows.push_back({std::move(what), share(part, all), "", cost(part, bytes)});
  };
  row("  path: gunzip or framing, validate, split, identity",
      [](const Turn& turn) { return turn.decode; });
  row("  path: journal (lines, dedupe, zstd, sync, index)",
      [](const Turn& turn) { return turn.all - turn.decode - turn.render - turn.deliver; });
  row("  path: ECS view", [](const Turn& turn) { return turn.render; });
  row("  path: file write and sync", [](const Turn& turn) { return turn.deliver; });
}

}  // namespace

Table measure_path(const PathSource& source, const std::string& folder, int repeat) {
  const double bytes = source.json_bytes;
  std::vector<Turn> turns;
  for (int i = 0; i < repeat; ++i)
    turns.push_back(run_turn(source, folder + "/turn"));

  Table table{source.title + " -> durable journal -> ECS -> file (" +
                  std::to_string(source.chunks.size()) + " chunks of 1 MB, CPU time, median of " +
                  std::to_string(repeat) + ")",
              {}};
  const double cpu = middle(turns, [](const Turn& turn) { return turn.all; });
  const double wall = middle(turns, [](const Turn& turn) { return turn.wall; });
  const double limit = middle(turns, [](const Turn& turn) { return turn.limit.all(); });
  const double reached =
      middle(turns, [](const Turn& turn) { return turn.limit.all() / turn.all; });
  table.rows.push_back({"whole path, raw JSON by CPU time", megabytes_per_second(bytes, cpu),
                        "80 MB/s", "wall " + megabytes_per_second(bytes, wall)});
  table.rows.push_back({"composed limit", megabytes_per_second(bytes, limit), "", ""});
  table.rows.push_back({"path / composed limit", ratio(reached), "0.60", ""});
  add_limit_rows(turns, bytes, table);
  add_stage_rows(turns, bytes, table);
  return table;
}

}  // namespace cistern::bench
