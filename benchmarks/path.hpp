// The way of an event from a blob to a line of the file, and the limit composed of its parts.
#pragma once

#include "measure.hpp"
#include "sample.hpp"

#include <string>
#include <vector>

namespace cistern::bench {

/// gzip blobs -> durable journal -> ECS -> file, in `folder`; beside the composed limit and where
/// the time goes.
Table measure_path(const std::vector<Blob>& blobs, const std::string& folder);

/// The ECS view alone, beside walking all fields with simdjson's on-demand parser.
Table measure_mapping(const std::vector<Blob>& blobs);

/// A check-and-insert of the identity set with `count` identities remembered.
Table measure_identities(std::uint64_t count, const std::string& folder);

}  // namespace cistern::bench
