// CrowdStrike Falcon by the Event Streams API.
#pragma once

#include "runtime/connector.hpp"

namespace cistern::connectors::crowdstrike_falcon {

/// Everything that the program must know about this kind of connector.
runtime::ConnectorType connector_type();

}  // namespace cistern::connectors::crowdstrike_falcon
