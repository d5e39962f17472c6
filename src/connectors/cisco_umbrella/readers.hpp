// How rows of the export become the JSON objects that the mappings work on.
#pragma once

#include "ecs/readers.hpp"

#include <string>
#include <string_view>

namespace cistern::connectors::cisco_umbrella {

/// All readers by the names that mappings ask for; docs/mappings.md tells what they give.
ecs::ReaderTable record_readers();

/// The stream of one row that came without its key, by its shape; `other` where that tells nothing.
/// For `normalize`, whose input may be bare rows.
std::string_view stream_of_row(std::string_view row);

}  // namespace cistern::connectors::cisco_umbrella
