// How an event of the store was asked for, told afterwards.
#pragma once

#include "runtime/connector.hpp"

#include <vector>

namespace cistern::connectors::cisco_secure_endpoint {

/// The request whose pages held it, and how far that stream has been read. Whether an event came by
/// the event stream first is not kept: both channels bring the same record.
std::vector<runtime::OriginFact> origin_of(const runtime::OriginQuestion& question);

}  // namespace cistern::connectors::cisco_secure_endpoint
