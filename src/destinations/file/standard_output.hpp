// Standard output as a destination, for pipes: at least once.
#pragma once

#include "destinations/file/file_settings.hpp"
#include "runtime/destination.hpp"

#include <memory>

namespace cistern::destinations {

/// Writes to the descriptor, which stays open. A reader that is slow makes the delivery wait; one
/// that has gone away stops it with "file/pipe-closed".
std::unique_ptr<runtime::Destination> make_stream_destination(int descriptor,
                                                              Compression compression);

}  // namespace cistern::destinations
