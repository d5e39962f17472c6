// The content of a file that an option names, as a short text that can be compared.
#pragma once

#include "config/loader.hpp"

#include <string>

namespace cistern::config {

/// Empty when the file cannot be read: the component that needs it says why.
std::string digest_of_file(const std::string& path, const SecretSources& sources);

}  // namespace cistern::config
