// Lines for SIEMs: the CEF writer alone, and from the raw record through the ECS view to a CEF
// line.
#pragma once

#include "measure.hpp"
#include "sample.hpp"

#include <vector>

namespace cistern::bench {

/// Medians of `repeat` turns over the events of the blobs.
Table measure_formats(const std::vector<Blob>& blobs, int repeat);

}  // namespace cistern::bench
