// Named functions that the mappings of the unified audit log call for the vendor's odd shapes.
#pragma once

#include "ecs/functions.hpp"

namespace cistern::connectors::microsoft_365 {

/// All of them by name; docs/mappings.md says what each takes and gives.
ecs::FunctionTable mapping_functions();

}  // namespace cistern::connectors::microsoft_365
