// Files of one event a line, exactly once across crashes, also with rotation and compression.
#pragma once

#include "runtime/destination.hpp"

namespace cistern::destinations {

/// Type "file": NDJSON into a file, or "-" for standard output (at least once).
runtime::DestinationType file_destination_type();

}  // namespace cistern::destinations
