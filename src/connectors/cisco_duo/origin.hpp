// What is known of an event's way beyond the store, for `explain`.
#pragma once

#include "runtime/connector.hpp"

#include <vector>

namespace cistern::connectors::cisco_duo {

std::vector<runtime::OriginFact> origin_of(const runtime::OriginQuestion& question);

}  // namespace cistern::connectors::cisco_duo
