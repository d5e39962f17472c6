// The cisco_duo connector.
#pragma once

#include "runtime/connector.hpp"

namespace cistern::connectors::cisco_duo {

runtime::ConnectorType connector_type();

}  // namespace cistern::connectors::cisco_duo
