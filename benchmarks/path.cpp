#include "path.hpp"

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "codec/compress.hpp"
#include "config/loader.hpp"
#include "connectors/microsoft_365/blob_decoder.hpp"
#include "connectors/microsoft_365/connector.hpp"
#include "destinations/file/file_destination.hpp"
#include "destinations/format/format.hpp"
#include "ecs/view.hpp"
#include "journal/journal.hpp"
#include "runtime/destination.hpp"
#include "runtime/settings.hpp"

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>

#include <simdjson.h>

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

std::shared_ptr<const ecs::View> compile() {
  static const auto type = connectors::microsoft_365::connector_type();
  std::vector<embedded::File> mappings;
  for (const auto& file : type.files) {
    if (file.path.starts_with("mappings/")) mappings.push_back(file);
  }
  return must(ecs::compile_view(mappings, type.functions,
                                type.view_options(config::default_values(type.options))));
}

std::shared_ptr<const RecordBatch> decode(const Blob& blob, std::string body) {
  return connectors::microsoft_365::decode_blob(std::move(body),
                                                {.stream = "audit.general",
                                                 .tenant = "11111111-2222-3333-4444-555555555555",
                                                 .content_id = blob.content_id,
                                                 .created_text = "2026-03-04T05:06:07.123Z"});
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
  std::unique_ptr<Files> files = make_system_files();
  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<Log> log = make_null_log();
  std::unique_ptr<journal::Journal> journal;
  std::unique_ptr<journal::Reader> reader;
  std::unique_ptr<runtime::Format> format;
  std::unique_ptr<runtime::Destination> destination;
  Sequence next = 1;
  double decode_cpu = 0;
  double render_cpu = 0;
  double deliver_cpu = 0;
  std::uint64_t rendered_bytes = 0;

  explicit Pipeline(const std::string& folder) {
    journal::JournalOptions options;
    options.path = folder + "/store";
    journal = must(journal::open_journal(options, *files, clock, random, *log));
    reader = journal->reader();
    auto views = std::make_shared<runtime::Views>();
    views->emplace("bench", compile());
    format =
        must(destinations::make_format("ecs", false, std::shared_ptr<const runtime::Views>{views}));
    const auto type = destinations::file_destination_type();
    auto values = config::default_values(type.options);
    values.values["path"].text = folder + "/events.ndjson";
    destination =
        must(type.make(values, {.name = "bench", .files = *files, .clock = clock, .log = *log}));
    must(destination->open(""));
  }

  void collect(const std::vector<Blob>& blobs, std::size_t from, std::size_t to) {
    Pending pending;
    for (std::size_t i = from; i < to; ++i) {
      const Stopwatch watch;
      const auto batch = decode(blobs[i], must(codec::gunzip(blobs[i].gzipped, 256ULL << 20)));
      decode_cpu += watch.cpu();
      Commit commit;
      commit.connector = "bench";
      commit.records = batch->records;
      commit.owners.push_back(batch);
      commit.state.push_back({"seen/" + blobs[i].content_id, "1"});
      Coverage row;
      row.stream = "audit.general";
      row.kind = "blob";
      row.item = blobs[i].content_id;
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

  void deliver() {
    while (true) {
      const auto read = must(reader->read(next));
      if (read.group == nullptr) return;
      runtime::Batch batch;
      const Stopwatch rendering;
      std::vector<std::pair<Sequence, std::size_t>> ends;
      for (const auto& envelope : read.group->envelopes) {
        format->render(envelope, batch.bytes);
        batch.bytes += '\n';
        ends.emplace_back(envelope.sequence, batch.bytes.size());
      }
      render_cpu += rendering.cpu();
      std::size_t begin = 0;
      for (const auto& [sequence, end] : ends) {
        batch.payloads.push_back(
            {sequence, std::string_view{batch.bytes}.substr(begin, end - begin - 1)});
        begin = end;
      }
      batch.first = read.group->first;
      batch.last = read.group->last;
      const Stopwatch delivering;
      must(destination->deliver(batch));
      deliver_cpu += delivering.cpu();
      rendered_bytes += batch.bytes.size();
      next = read.group->last + 1;
    }
  }
};

struct Limit {
  double gunzip = 0;
  double parse = 0;
  double compress = 0;
  double write_stored = 0;
  double write_ecs = 0;
  [[nodiscard]] double all() const { return gunzip + parse + compress + write_stored + write_ecs; }
};

Limit measure_limit(const std::vector<Blob>& blobs, std::uint64_t ecs_bytes,
                    const std::string& folder) {
  Limit limit;
  limit.gunzip = cpu_of([&] {
    for (const auto& blob : blobs)
      must(codec::gunzip(blob.gzipped, 256ULL << 20));
  });
  simdjson::dom::parser parser;
  limit.parse = cpu_of([&] {
    for (const auto& blob : blobs) {
      if (parser.parse(blob.json.data(), blob.json.size(), true).error() != simdjson::SUCCESS)
        std::exit(1);
    }
  });
  std::string stored;
  limit.compress = cpu_of([&] {
    for (const auto& blob : blobs)
      codec::zstd_compress(blob.json, 1, stored);
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

Table measure_path(const std::vector<Blob>& blobs, const std::string& folder) {
  double bytes = 0;
  for (const auto& blob : blobs)
    bytes += static_cast<double>(blob.json.size());

  Pipeline pipeline(folder);
  const Stopwatch watch;
  constexpr std::size_t kAtOnce = 8;
  for (std::size_t at = 0; at < blobs.size(); at += kAtOnce) {
    pipeline.collect(blobs, at, std::min(blobs.size(), at + kAtOnce));
    pipeline.deliver();
  }
  const double cpu = watch.cpu();
  const double wall = watch.wall();
  pipeline.journal->close();
  const auto limit = measure_limit(blobs, pipeline.rendered_bytes, folder);
  // While this thread decodes, the writer works too: its share of the process' time is what is
  // left.
  const double rest =
      std::max(0.0, cpu - pipeline.decode_cpu - pipeline.render_cpu - pipeline.deliver_cpu);

  Table table{"Microsoft 365 gzip blobs -> durable journal -> ECS -> file (" +
                  std::to_string(blobs.size()) + " blobs, CPU time)",
              {}};
  table.rows.push_back({"whole path, raw JSON by CPU time", megabytes_per_second(bytes, cpu),
                        "80 MB/s", "wall " + megabytes_per_second(bytes, wall)});
  table.rows.push_back({"composed limit", megabytes_per_second(bytes, limit.all()), "", ""});
  table.rows.push_back({"path / composed limit", ratio(limit.all() / cpu), "0.60", ""});
  table.rows.push_back({"  limit: gunzip", megabytes_per_second(bytes, limit.gunzip), "", ""});
  table.rows.push_back(
      {"  limit: validating parse", megabytes_per_second(bytes, limit.parse), "", ""});
  table.rows.push_back(
      {"  limit: zstd level 1", megabytes_per_second(bytes, limit.compress), "", ""});
  table.rows.push_back({"  limit: write of stored and ECS bytes",
                        megabytes_per_second(bytes, limit.write_stored + limit.write_ecs), "", ""});
  table.rows.push_back({"  path: gunzip, validate, split, identity",
                        share(pipeline.decode_cpu, cpu), "",
                        "upper bound: includes the writer's work beside it"});
  table.rows.push_back(
      {"  path: journal (lines, dedupe, zstd, sync, index)", share(rest, cpu), "", ""});
  table.rows.push_back({"  path: ECS view", share(pipeline.render_cpu, cpu), "", ""});
  table.rows.push_back({"  path: file write and sync", share(pipeline.deliver_cpu, cpu), "", ""});
  char memory[64];
  std::snprintf(memory, sizeof memory, "%.0f MiB",
                static_cast<double>(resident_bytes()) / 1048576.0);
  table.rows.push_back({"resident memory of this process (holds the sample)", memory, "", ""});
  return table;
}

}  // namespace cistern::bench
