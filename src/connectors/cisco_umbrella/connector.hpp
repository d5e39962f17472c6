// Cisco Umbrella and Cisco Secure Access: the log export in Amazon S3.
#pragma once

#include "runtime/connector.hpp"

namespace cistern::connectors::cisco_umbrella {

/// Everything that the program must know about this kind of connector.
runtime::ConnectorType connector_type();

}  // namespace cistern::connectors::cisco_umbrella
