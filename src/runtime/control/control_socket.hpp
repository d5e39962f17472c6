// Plain Unix sockets for the control socket's client and for finding dead ones.
#pragma once

#include "base/result.hpp"

#include <string>

namespace cistern::runtime {

/// Makes sure that a server can listen there: removes a socket file on which nobody answers. Fails
/// with "control/in-use" when somebody does, and "control/path" when the path cannot be used.
Status free_control_path(const std::string& path);

}  // namespace cistern::runtime
