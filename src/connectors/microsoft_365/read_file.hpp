// Reads the few small files that options name.
#pragma once

#include "base/result.hpp"

#include <string>

namespace cistern::connectors::microsoft_365 {

/// At most 1 MiB: certificates and keys.
Result<std::string> read_small_file(const std::string& path);

}  // namespace cistern::connectors::microsoft_365
