// The way of an event from the vendor's bytes to a line of the file, and the limit composed of its
// parts.
#pragma once

#include "measure.hpp"
#include "path_source.hpp"
#include "sample.hpp"

#include <string>
#include <vector>

namespace cistern::bench {

/// The vendor's bytes -> durable journal -> ECS -> file, in `folder`; beside the composed limit and
/// where the time goes. Path and limit are measured in turn, `repeat` times, and each figure is the
/// median: what other work on the machine takes away hits both alike.
Table measure_path(const PathSource& source, const std::string& folder, int repeat);

/// The ECS view alone, beside walking all fields with simdjson's on-demand parser; medians of
/// `repeat` turns.
Table measure_mapping(const std::vector<Blob>& blobs, int repeat);

/// A check-and-insert of the identity set with `count` identities remembered.
Table measure_identities(std::uint64_t count, const std::string& folder);

/// Opening a store of as many segments as 100 GiB have, after an orderly end and after a kill.
Table measure_start(const std::string& folder);

}  // namespace cistern::bench
