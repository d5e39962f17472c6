#include "formats.hpp"

#include "codec/cef.hpp"
#include "config/loader.hpp"
#include "connectors/microsoft_365/blob_decoder.hpp"
#include "connectors/microsoft_365/connector.hpp"
#include "destinations/format/format.hpp"
#include "ecs/view.hpp"

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

namespace cistern::bench {
namespace {

using Batches = std::vector<std::shared_ptr<const RecordBatch>>;

std::shared_ptr<const runtime::Views> views_of_microsoft_365() {
  const auto type = connectors::microsoft_365::connector_type();
  std::vector<embedded::File> mappings;
  for (const auto& file : type.files) {
    if (file.path.starts_with("mappings/")) mappings.push_back(file);
  }
  auto view = ecs::compile_view(mappings, type.functions,
                                type.view_options(config::default_values(type.options)));
  if (!view) std::exit(1);
  return std::make_shared<const runtime::Views>(runtime::Views{{"bench", *view}});
}

Batches decode_all(const std::vector<Blob>& blobs, double& bytes) {
  Batches batches;
  for (const auto& blob : blobs) {
    batches.push_back(connectors::microsoft_365::decode_blob(
        blob.json, {.stream = "audit.general",
                    .tenant = "11111111-2222-3333-4444-555555555555",
                    .content_id = blob.content_id,
                    .created_text = "2026-03-04T05:06:07.123Z"}));
    for (const auto& record : batches.back()->records)
      bytes += static_cast<double>(record.raw.size());
  }
  return batches;
}

/// CPU seconds of rendering everything; `written` becomes the bytes of all payloads, and `lines`,
/// unless it is null, the payloads.
double render_all(runtime::Format& format, const Batches& batches, double& written,
                  std::vector<std::string>* lines) {
  std::string out;
  written = 0;
  const Stopwatch watch;
  for (const auto& batch : batches) {
    for (const auto& record : batch->records) {
      out.clear();
      journal::Envelope envelope;
      envelope.id = "00112233445566778899aabbccddeeff";
      envelope.connector = "bench";
      envelope.stream = record.stream;
      envelope.received = "2026-03-04T05:06:07.123Z";
      envelope.meta = record.meta;
      envelope.raw = record.raw;
      format.render(envelope, out);
      written += static_cast<double>(out.size());
      if (lines != nullptr) lines->push_back(out);
    }
  }
  return watch.cpu();
}

/// What a line holds, as the writer gets it.
struct Fields {
  codec::cef::Message header;
  std::vector<std::pair<std::size_t, std::string>> pairs;
};

struct Prepared {
  codec::cef::Writer writer;
  std::vector<Fields> events;
};

Prepared prepare(const std::vector<std::string>& lines) {
  codec::cef::Writer::Builder builder;
  std::vector<Fields> events;
  for (const auto& line : lines) {
    std::string_view problem;
    auto message = codec::cef::read(line, problem);
    if (!message) std::exit(1);
    Fields fields;
    for (auto& pair : message->extension)
      fields.pairs.emplace_back(builder.add(pair.key).value(), std::move(pair.value));
    message->extension.clear();
    fields.header = std::move(*message);
    events.push_back(std::move(fields));
  }
  return {std::move(builder).build(0), std::move(events)};
}

double write_all(Prepared& prepared, double& written) {
  std::string out;
  written = 0;
  const Stopwatch watch;
  for (const auto& event : prepared.events) {
    out.clear();
    prepared.writer.begin({.vendor = event.header.vendor,
                           .product = event.header.product,
                           .version = event.header.device_version,
                           .event_class = event.header.event_class,
                           .name = event.header.name,
                           .severity = 5});
    for (const auto& [key, value] : event.pairs)
      prepared.writer.add(key, value);
    out += prepared.writer.text();
    written += static_cast<double>(out.size());
  }
  return watch.cpu();
}

struct Turns {
  double bytes = 0;
  std::vector<double> seconds;
};

}  // namespace

Table measure_formats(const std::vector<Blob>& blobs, int repeat) {
  const auto views = views_of_microsoft_365();
  double raw = 0;
  const Batches batches = decode_all(blobs, raw);
  const auto make = [&](std::string_view name) {
    auto format = destinations::make_plain_format(name, views);
    if (!format) std::exit(1);
    return std::move(*format);
  };
  const auto ecs_format = make("ecs");
  const auto cef_format = make("cef");
  const auto leef_format = make("leef");
  std::vector<std::string> lines;
  double ignored = 0;
  render_all(*cef_format, batches, ignored, &lines);
  Prepared prepared = prepare(lines);

  Turns writer;
  Turns ecs;
  Turns cef;
  Turns leef;
  for (int i = 0; i < repeat; ++i) {
    writer.seconds.push_back(write_all(prepared, writer.bytes));
    ecs.seconds.push_back(render_all(*ecs_format, batches, ecs.bytes, nullptr));
    cef.seconds.push_back(render_all(*cef_format, batches, cef.bytes, nullptr));
    leef.seconds.push_back(render_all(*leef_format, batches, leef.bytes, nullptr));
  }
  const auto from_raw = [&](const Turns& turns) {
    return "from " + megabytes_per_second(raw, median(turns.seconds)) + " of raw JSON";
  };
  Table table{"Lines for SIEMs, one core", {}};
  table.rows.push_back({"CEF writer, output",
                        megabytes_per_second(writer.bytes, median(writer.seconds)), "300 MB/s",
                        ""});
  table.rows.push_back({"raw record to ECS document, output",
                        megabytes_per_second(ecs.bytes, median(ecs.seconds)), "", from_raw(ecs)});
  table.rows.push_back({"raw record to CEF line, output",
                        megabytes_per_second(cef.bytes, median(cef.seconds)), "", from_raw(cef)});
  table.rows.push_back({"raw record to LEEF line, output",
                        megabytes_per_second(leef.bytes, median(leef.seconds)), "",
                        from_raw(leef)});
  table.rows.push_back({"time of a CEF line / time of its ECS document",
                        ratio(median(cef.seconds) / median(ecs.seconds)), "", ""});
  return table;
}

}  // namespace cistern::bench
