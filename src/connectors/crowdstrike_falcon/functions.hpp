// Named functions that the mappings of Falcon's event stream call for the vendor's odd shapes.
#pragma once

#include "ecs/functions.hpp"

namespace cistern::connectors::crowdstrike_falcon {

/// All of them by name; docs/mappings.md says what each takes and gives.
ecs::FunctionTable mapping_functions();

}  // namespace cistern::connectors::crowdstrike_falcon
