// Named functions that the mappings of Duo's logs call for the vendor's odd shapes.
#pragma once

#include "ecs/functions.hpp"

namespace cistern::connectors::cisco_duo {

/// All of them by name; docs/mappings.md says what each takes and gives.
ecs::FunctionTable mapping_functions();

}  // namespace cistern::connectors::cisco_duo
