// Microsoft 365 unified audit log by the Office 365 Management Activity API.
#pragma once

#include "runtime/connector.hpp"

namespace cistern::connectors::microsoft_365 {

/// Everything that the program must know about this kind of connector.
runtime::ConnectorType connector_type();

}  // namespace cistern::connectors::microsoft_365
