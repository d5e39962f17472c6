#include "base/ids.hpp"
#include "config/loader.hpp"
#include "connectors/crowdstrike_falcon/connector.hpp"
#include "connectors/microsoft_365/blob_decoder.hpp"
#include "connectors/microsoft_365/connector.hpp"
#include "ecs/view.hpp"
#include "path.hpp"

#include <cstdio>
#include <cstdlib>

#include <simdjson.h>

namespace cistern::bench {
namespace {

/// Touches every field, as a mapping that needs them all would have to.
std::uint64_t walk(simdjson::ondemand::value value) {
  switch (value.type().value()) {
    case simdjson::ondemand::json_type::object: {
      std::uint64_t sum = 0;
      for (auto field : value.get_object()) {
        sum += std::string_view{field.unescaped_key()}.size();
        sum += walk(field.value());
      }
      return sum;
    }
    case simdjson::ondemand::json_type::array: {
      std::uint64_t sum = 0;
      for (auto element : value.get_array())
        sum += walk(element.value());
      return sum;
    }
    case simdjson::ondemand::json_type::string:
      return std::string_view{value.get_string()}.size();
    default:
      return std::string_view{value.raw_json_token()}.size();
  }
}

/// What the view needs of a stored record; the bytes belong to somebody else.
struct Stored {
  std::string_view stream;
  std::string_view meta;
  std::string_view raw;
};

using StoredRecords = std::vector<Stored>;

/// CPU seconds of rendering everything; `documents` becomes the number of bytes written.
double map_all(const ecs::View& view, const StoredRecords& records, double& documents) {
  const auto scratch = view.make_scratch();
  std::string out;
  documents = 0;
  const Stopwatch watch;
  for (const Stored& record : records) {
    out.clear();
    journal::Envelope envelope;
    envelope.id = "00112233445566778899aabbccddeeff";
    envelope.connector = "bench";
    envelope.stream = record.stream;
    envelope.received = "2026-03-04T05:06:07.123Z";
    envelope.meta = record.meta;
    envelope.raw = record.raw;
    view.render(envelope, {}, *scratch, out);
    documents += static_cast<double>(out.size());
  }
  return watch.cpu();
}

double walk_all(const StoredRecords& records) {
  simdjson::ondemand::parser parser;
  std::string padded;
  std::uint64_t sum = 0;
  const Stopwatch watch;
  for (const Stored& record : records) {
    padded.assign(record.raw);
    padded.reserve(padded.size() + simdjson::SIMDJSON_PADDING);
    auto document = parser.iterate(padded.data(), padded.size(), padded.capacity());
    sum += walk(document.get_value().value());
  }
  const double seconds = watch.cpu();
  if (sum == 0) std::exit(1);
  return seconds;
}

std::shared_ptr<const ecs::View> view_of(const runtime::ConnectorType& type) {
  std::vector<embedded::File> mappings;
  for (const auto& file : type.files) {
    if (file.path.starts_with("mappings/")) mappings.push_back(file);
  }
  auto view = ecs::compile_view(mappings, type.functions,
                                type.view_options(config::default_values(type.options)));
  if (!view) std::exit(1);
  return view.value();
}

/// Adds the rows of one connector's view, which `whose` tells apart.
void measure_view(const ecs::View& view, const StoredRecords& records, int repeat,
                  const std::string& whose, Table& table) {
  double bytes = 0;
  for (const Stored& record : records)
    bytes += static_cast<double>(record.raw.size());
  double documents = 0;
  std::vector<double> mapped;
  std::vector<double> walked;
  std::vector<double> ratios;
  for (int i = 0; i < repeat; ++i) {
    mapped.push_back(map_all(view, records, documents));
    walked.push_back(walk_all(records));
    ratios.push_back(walked.back() / mapped.back());
  }
  table.rows.push_back({whose + "mapping", megabytes_per_second(bytes, median(mapped)),
                        "400 MB/s is the stretch",
                        "writes " + megabytes_per_second(documents, median(mapped))});
  table.rows.push_back({whose + "walking all fields with simdjson on-demand",
                        megabytes_per_second(bytes, median(walked)), "", ""});
  table.rows.push_back({whose + "mapping / walking", ratio(median(ratios)), "0.25", ""});
}

}  // namespace

Table measure_mapping(const std::vector<Blob>& blobs, int repeat) {
  std::vector<std::shared_ptr<const RecordBatch>> batches;
  StoredRecords records;
  double bytes = 0;
  for (const auto& blob : blobs) {
    batches.push_back(connectors::microsoft_365::decode_blob(
        blob.json, {.stream = "audit.general",
                    .tenant = "11111111-2222-3333-4444-555555555555",
                    .content_id = blob.content_id,
                    .created_text = "2026-03-04T05:06:07.123Z"}));
    for (const auto& record : batches.back()->records) {
      records.push_back({record.stream, record.meta, record.raw});
      bytes += static_cast<double>(record.raw.size());
    }
  }
  Table table{"The ECS view alone, one core", {}};
  measure_view(*view_of(connectors::microsoft_365::connector_type()), records, repeat, "", table);

  const auto events = make_falcon_events(static_cast<std::uint64_t>(bytes / 4));
  StoredRecords falcon;
  for (const std::string& event : events)
    falcon.push_back({"events", R"({"feed":"0","partition":"0"})", event});
  measure_view(*view_of(connectors::crowdstrike_falcon::connector_type()), falcon, repeat,
               "Falcon: ", table);
  return table;
}

}  // namespace cistern::bench
