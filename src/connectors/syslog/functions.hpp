// Named functions that the mappings of this connector call for shapes which no verb expresses.
#pragma once

#include "ecs/functions.hpp"

namespace cistern::connectors::syslog {

/// All of them by name; docs/mappings.md says what each takes and gives.
ecs::FunctionTable mapping_functions();

}  // namespace cistern::connectors::syslog
