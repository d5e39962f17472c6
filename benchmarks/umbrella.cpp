#include "umbrella.hpp"

#include "base/embedded.hpp"
#include "codec/compress.hpp"
#include "codec/csv.hpp"
#include "codec/json.hpp"
#include "connectors/cisco_umbrella/connector.hpp"
#include "connectors/cisco_umbrella/functions.hpp"
#include "connectors/cisco_umbrella/object_reader.hpp"
#include "connectors/cisco_umbrella/readers.hpp"
#include "ecs/view.hpp"

#include <cstdlib>
#include <functional>
#include <memory>
#include <string_view>

namespace cistern::embedded::cisco_umbrella {
std::span<const File> files();
}

namespace cistern::bench {
namespace {

namespace umbrella = connectors::cisco_umbrella;

constexpr std::size_t kObjectBytes = 1'000'000;
/// As the reader of objects takes text apart.
constexpr std::size_t kTextPiece = std::size_t{256} << 10;
constexpr std::uint64_t kMostBytes = std::uint64_t{256} << 20;

std::string make_row(std::uint32_t number) {
  const auto digits = [&number](std::uint32_t below) {
    number = number * 1664525U + 1013904223U;
    return std::to_string((number >> 8) % below);
  };
  const std::string user =
      "Lindqvist" + digits(900) + ", Mia (mia" + digits(900) + "@fabrikam.example)";
  std::string row = "\"2026-03-04 10:2" + digits(10) + ":1" + digits(10) + "\",\"" + user + "\",\"";
  row += user + ",WS-" + digits(2000) + "\",\"10.20." + digits(255) + "." + digits(255);
  row += R"(","203.0.113.)" + digits(255);
  row += R"row(","Allowed","1 (A)","NOERROR","host)row" + digits(20000);
  row += R"(.cdn.example.com.","Software/Technology,Business Services,Application","AD Users",)";
  row += R"("AD Users,Anyconnect Roaming Client","",")" + digits(100000) + R"(","PL","4400112")";
  return row + "\n";
}

umbrella::ObjectSettings settings_of(const std::string& name) {
  return {.bucket = "cisco-managed-eu-central-1",
          .key = "4400112_0123456789abcdef0123456789abcdef01234567/dnslogs/2026-03-04/" + name,
          .etag = "0123456789abcdef0123456789abcdef",
          .stream = "dns",
          .columns = {},
          .first_row = 1,
          .max_expanded = umbrella::kMaxExpandedBytes};
}

std::shared_ptr<const RecordBatch> read_object(const Chunk& chunk) {
  umbrella::ObjectReader reader(settings_of(chunk.name));
  auto batch = reader.read(chunk.bytes, true);
  if (reader.more() || !reader.facts().finished) std::exit(1);
  return batch;
}

/// Rows of the text, in pieces.
void split_rows(std::string_view text, std::vector<codec::CsvRow>& rows) {
  codec::CsvSplitter splitter(umbrella::kMaxRowBytes);
  std::size_t found = 0;
  while (!text.empty()) {
    rows.clear();
    const std::string_view piece = text.substr(0, kTextPiece);
    text.remove_prefix(splitter.split(piece, piece.size() == text.size(), rows));
    found += rows.size();
  }
  if (found == 0) std::exit(1);
}

double cpu_of(const std::function<void()>& work) {
  const Stopwatch watch;
  work();
  return watch.cpu();
}

struct Stored {
  std::string raw;  ///< As in a line of the store.
  std::string meta;
};

std::vector<Stored> stored_rows(const RecordBatch& batch) {
  std::vector<Stored> stored;
  for (const Record& record : batch.records) {
    std::string quoted;
    codec::append_json_string(quoted, record.raw);
    stored.push_back({quoted.substr(1, quoted.size() - 2), std::string(record.meta)});
  }
  return stored;
}

void render_all(const ecs::View& view, const std::vector<Stored>& stored) {
  const auto scratch = view.make_scratch();
  std::string out;
  for (const Stored& row : stored) {
    out.clear();
    journal::Envelope envelope;
    envelope.id = "00112233445566778899aabbccddeeff";
    envelope.connector = "bench";
    envelope.stream = "dns";
    envelope.received = "2026-03-04T10:31:00.000Z";
    envelope.meta = row.meta;
    envelope.raw = row.raw;
    envelope.form = RawForm::text;
    if (view.render(envelope, {}, *scratch, out) != ecs::Outcome::event) std::exit(1);
  }
}

std::vector<Chunk> compress_all(const std::vector<std::string>& texts) {
  std::vector<Chunk> chunks;
  for (std::size_t i = 0; i < texts.size(); ++i)
    chunks.push_back(
        {"2026-03-04-10-20-" + std::to_string(1000 + i) + ".csv.gz", codec::gzip(texts[i], 6)});
  return chunks;
}

}  // namespace

std::vector<std::string> make_umbrella_texts(std::uint64_t bytes) {
  std::vector<std::string> texts;
  std::uint32_t number = 0;
  for (std::uint64_t made = 0; made < bytes; made += texts.back().size()) {
    std::string& text = texts.emplace_back();
    while (text.size() < kObjectBytes)
      text += make_row(++number);
  }
  return texts;
}

PathSource umbrella_source(const std::vector<std::string>& texts) {
  PathSource source{.title = "Cisco Umbrella gzip CSV objects",
                    .type = umbrella::connector_type(),
                    .stream = "dns",
                    .coverage_kind = "object",
                    .dedupe = false,
                    .chunks = compress_all(texts),
                    .decode = read_object};
  for (const std::string& text : texts)
    source.json_bytes += static_cast<double>(text.size());
  source.gunzip = [chunks = source.chunks] {
    for (const Chunk& chunk : chunks) {
      if (!codec::gunzip(chunk.bytes, kMostBytes)) std::exit(1);
    }
  };
  source.parse = [&texts] {
    std::vector<codec::CsvRow> rows;
    for (const std::string& text : texts)
      split_rows(text, rows);
  };
  return source;
}

Table measure_umbrella(const std::vector<std::string>& texts, int repeat) {
  const auto view =
      ecs::compile_view(umbrella::connector_type().files, umbrella::mapping_functions(), {},
                        umbrella::record_readers());
  if (!view) std::exit(1);
  double bytes = 0;
  for (const std::string& text : texts)
    bytes += static_cast<double>(text.size());
  const std::vector<Chunk> chunks = compress_all(texts);
  const auto first = read_object(chunks.front());
  const std::vector<Stored> stored = stored_rows(*first);
  std::vector<double> split;
  std::vector<double> read;
  std::vector<double> rendered;
  for (int i = 0; i < repeat; ++i) {
    std::vector<codec::CsvRow> rows;
    split.push_back(cpu_of([&] {
      for (const std::string& text : texts)
        split_rows(text, rows);
    }));
    read.push_back(cpu_of([&] {
      for (const Chunk& chunk : chunks)
        read_object(chunk);
    }));
    rendered.push_back(cpu_of([&] { render_all(**view, stored); }));
  }
  Table table{"Objects of Cisco Umbrella, one core", {}};
  table.rows.push_back(
      {"rows of CSV found in text", megabytes_per_second(bytes, median(split)), "1000 MB/s", ""});
  table.rows.push_back({"gzip CSV to records with identity and meta",
                        megabytes_per_second(bytes, median(read)), "", "bytes of CSV"});
  const double rate = static_cast<double>(stored.size()) / median(rendered);
  table.rows.push_back({"rows into ECS documents",
                        megabytes_per_second(static_cast<double>(first->bytes), median(rendered)),
                        "", std::to_string(static_cast<int>(rate)) + " events/s"});
  return table;
}

}  // namespace cistern::bench
