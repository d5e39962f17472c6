// Named functions that the mappings of AsyncOS logs call.
#pragma once

#include "ecs/functions.hpp"

namespace cistern::connectors::cisco_secure_email {

/// All of them by name; docs/mappings.md says what each takes and gives.
ecs::FunctionTable mapping_functions();

}  // namespace cistern::connectors::cisco_secure_email
