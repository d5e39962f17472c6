// Asks the bucket again what was uploaded in a past window: listing only, nothing is fetched.
#pragma once

#include "runtime/connector.hpp"

#include <memory>

namespace cistern::connectors::cisco_umbrella {

/// One page at a time, at most four a second, so that a cistern that collects beside it keeps its
/// budget. Listed are the logs that the position knows, or `logs`.
std::shared_ptr<void> start_relist(const config::Values& values, runtime::RelistContext context);

}  // namespace cistern::connectors::cisco_umbrella
