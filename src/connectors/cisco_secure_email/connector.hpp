// Cisco Secure Email Gateway: log files that appliances push by SSH, or that lie in a folder.
#pragma once

#include "runtime/connector.hpp"

namespace cistern::connectors::cisco_secure_email {

/// Everything that the program must know about this kind of connector.
runtime::ConnectorType connector_type();

}  // namespace cistern::connectors::cisco_secure_email
