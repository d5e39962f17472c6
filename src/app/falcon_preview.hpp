// What an imported configuration makes of events, without a store and without the vendor.
#pragma once

#include "app/falcon_files.hpp"
#include "app/output.hpp"
#include "base/result.hpp"

#include <string>

namespace cistern::app {

/// Prints everything that the file's output would hold for the events: those of the file `events`
/// (one JSON object a line), else the samples inside the program. One connector only.
Status print_lines(const FalconFiles& read, const std::string& events, const Output& output);

/// Prints the first event of each type by each connector, with a heading.
Status print_samples(const FalconFiles& read, const std::string& events, const Output& output);

}  // namespace cistern::app
