// Everything that the program must know about the connector for syslog.
#pragma once

#include "runtime/connector.hpp"

namespace cistern::connectors::syslog {

runtime::ConnectorType connector_type();

}  // namespace cistern::connectors::syslog
