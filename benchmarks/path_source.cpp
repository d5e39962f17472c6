#include "path_source.hpp"

#include "codec/compress.hpp"
#include "codec/value_stream.hpp"
#include "connectors/crowdstrike_falcon/connector.hpp"
#include "connectors/crowdstrike_falcon/event_decoder.hpp"
#include "connectors/microsoft_365/blob_decoder.hpp"
#include "connectors/microsoft_365/connector.hpp"

#include <cstdio>
#include <cstdlib>

#include <simdjson.h>

namespace cistern::bench {
namespace {

constexpr std::uint64_t kMostBytes = 256ULL << 20;
constexpr std::size_t kStreamChunk = 1'000'000;
constexpr std::size_t kLargestEvent = 32ULL << 20;

std::string expand(const std::string& gzipped) {
  auto body = codec::gunzip(gzipped, kMostBytes);
  if (body) return std::move(*body);
  std::fprintf(stderr, "%s\n", body.error().sentence().c_str());
  std::exit(1);
}

void parse_or_exit(simdjson::dom::parser& parser, const std::string& json) {
  if (parser.parse(json.data(), json.size(), true).error() != simdjson::SUCCESS) std::exit(1);
}

std::shared_ptr<const RecordBatch> decode_blob(const Chunk& chunk) {
  return connectors::microsoft_365::decode_blob(expand(chunk.bytes),
                                                {.stream = "audit.general",
                                                 .tenant = "11111111-2222-3333-4444-555555555555",
                                                 .content_id = chunk.name,
                                                 .created_text = "2026-03-04T05:06:07.123Z"});
}

/// The framer is shown pieces as a socket gives them.
std::shared_ptr<const RecordBatch> decode_stream(const Chunk& chunk) {
  constexpr std::size_t kRead = 64ULL << 10;
  const auto framer = codec::json_value_framer(kLargestEvent);
  for (std::size_t at = 0; at < chunk.bytes.size(); at += kRead)
    framer->advance(std::string_view{chunk.bytes}.substr(at, kRead));
  const auto batch = connectors::crowdstrike_falcon::decode_events(
      {.bytes = chunk.bytes}, {.feed = "0", .partition = "0", .epoch = 0, .filter = nullptr});
  return {batch, &batch->batch};
}

}  // namespace

PathSource microsoft_365_source(const std::vector<Blob>& blobs) {
  PathSource source{.title = "Microsoft 365 gzip blobs",
                    .type = connectors::microsoft_365::connector_type(),
                    .stream = "audit.general",
                    .coverage_kind = "blob",
                    .decode = decode_blob};
  for (const Blob& blob : blobs) {
    source.chunks.push_back({blob.content_id, blob.gzipped});
    source.json_bytes += static_cast<double>(blob.json.size());
  }
  source.gunzip = [&blobs] {
    for (const Blob& blob : blobs)
      expand(blob.gzipped);
  };
  source.parse = [&blobs] {
    simdjson::dom::parser parser;
    for (const Blob& blob : blobs)
      parse_or_exit(parser, blob.json);
  };
  return source;
}

PathSource falcon_source(const std::vector<std::string>& events) {
  PathSource source{.title = "CrowdStrike Falcon stream",
                    .type = connectors::crowdstrike_falcon::connector_type(),
                    .stream = "events",
                    .coverage_kind = "offsets",
                    .dedupe = false,
                    .decode = decode_stream};
  for (const std::string& event : events) {
    if (source.chunks.empty() || source.chunks.back().bytes.size() >= kStreamChunk)
      source.chunks.push_back({"chunk " + std::to_string(source.chunks.size()), {}});
    source.chunks.back().bytes += event;
    source.chunks.back().bytes += '\n';
    source.json_bytes += static_cast<double>(event.size());
  }
  source.parse = [&events] {
    simdjson::dom::parser parser;
    for (const std::string& event : events)
      parse_or_exit(parser, event);
  };
  return source;
}

}  // namespace cistern::bench
