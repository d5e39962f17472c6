// Taking the matched secrets out of data-loss records.
#pragma once

#include <string>
#include <string_view>

namespace cistern::connectors::microsoft_365 {

/// Copies a JSON value to `out` with every string below a key `DetectedValues` (the matched text
/// and its surroundings) replaced by "redacted"; numbers and structure stay. False, and nothing
/// usable in `out`, when there is no such key.
bool redact_detections(std::string_view json, std::string& out);

}  // namespace cistern::connectors::microsoft_365
