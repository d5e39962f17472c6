// The keys that Sophos Firewall is known to write, in both of its formats.
#pragma once

#include "codec/key_value.hpp"

namespace cistern::connectors::syslog {

/// In lower case, sorted. Kept because the device at times leaves out the blank between two pairs,
/// which only the name of the key that follows can tell.
codec::KnownKeys sophos_keys();

}  // namespace cistern::connectors::syslog
