// Named functions that the mappings of Umbrella's logs call.
#pragma once

#include "ecs/functions.hpp"

namespace cistern::connectors::cisco_umbrella {

/// All of them by name; docs/mappings.md says what each takes and gives.
ecs::FunctionTable mapping_functions();

}  // namespace cistern::connectors::cisco_umbrella
