// The readers that the mappings of this connector name.
#pragma once

#include "ecs/readers.hpp"

namespace cistern::connectors::syslog {

/// `sophos_firewall`, `sophos_utm`, `cef`, `leef`, `json`, `key_value`, `message`; what each writes
/// stands in readers_sophos.hpp, readers_utm.hpp and readers_lines.hpp.
ecs::ReaderTable mapping_readers();

}  // namespace cistern::connectors::syslog
