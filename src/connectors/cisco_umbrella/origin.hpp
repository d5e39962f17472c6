// How an event of the store was asked for, told afterwards.
#pragma once

#include "runtime/connector.hpp"

#include <vector>

namespace cistern::connectors::cisco_umbrella {

/// The log folder, the listing that names the object and the request that fetches it.
std::vector<runtime::OriginFact> origin_of(const runtime::OriginQuestion& question);

}  // namespace cistern::connectors::cisco_umbrella
