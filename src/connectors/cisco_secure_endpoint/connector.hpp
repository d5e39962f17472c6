// Cisco Secure Endpoint by its REST interface and its event streams.
#pragma once

#include "runtime/connector.hpp"

namespace cistern::connectors::cisco_secure_endpoint {

/// Everything that the program must know about this kind of connector.
runtime::ConnectorType connector_type();

}  // namespace cistern::connectors::cisco_secure_endpoint
