// Named functions that the mappings call for the vendor's odd shapes.
#pragma once

#include "ecs/functions.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_secure_endpoint {

/// All of them by name; docs/mappings.md says what each takes and gives.
ecs::FunctionTable mapping_functions();

/// The path behind one of the vendor's spellings. `\\?\C:\x` stays, as it is a path;
/// `/C:/x` and `file:///C%3A/x` become `C:\x`; anything else stays.
std::string plain_path(std::string_view path);

/// The arguments of a command line, quotes taken off; none when there are more than 1,000.
std::vector<std::string> split_arguments(std::string_view line);

}  // namespace cistern::connectors::cisco_secure_endpoint
