// Syslog messages to a receiver over UDP, TCP, TLS or RELP.
#pragma once

#include "runtime/destination.hpp"

namespace cistern::destinations {

/// Type "syslog": one server at a time, others to fall back on; README.md says what "delivered"
/// means for each transport.
runtime::DestinationType syslog_destination_type();

}  // namespace cistern::destinations
