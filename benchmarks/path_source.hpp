// What the path benchmark needs to know of a vendor: its bytes as they arrive, and how they become
// records.
#pragma once

#include "base/record.hpp"
#include "runtime/connector.hpp"
#include "sample.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::bench {

/// About 1 MB as it arrives in one piece.
struct Chunk {
  std::string name;
  std::string bytes;  ///< As it came: gzip where the vendor compresses.
};

struct PathSource {
  std::string title;
  runtime::ConnectorType type;
  std::string stream;
  std::string coverage_kind;
  bool dedupe = true;  ///< As the connector commits.
  std::vector<Chunk> chunks{};
  double json_bytes = 0;  ///< Of all chunks, not compressed.
  std::function<std::shared_ptr<const RecordBatch>(const Chunk&)> decode;
  /// The parts of the limit that come before the store: what nobody can do without.
  std::function<void()> gunzip = {};  ///< Empty where nothing is compressed.
  std::function<void()> parse = {};
};

/// `blobs` and `events` must outlive the source.
PathSource microsoft_365_source(const std::vector<Blob>& blobs);
PathSource falcon_source(const std::vector<std::string>& events);

}  // namespace cistern::bench
