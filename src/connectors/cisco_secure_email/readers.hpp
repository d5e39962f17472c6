// How lines of AsyncOS logs become the JSON objects that the mappings work on.
#pragma once

#include "ecs/readers.hpp"

#include <string_view>

namespace cistern::connectors::cisco_secure_email {

/// All readers by the names that mappings ask for; docs/mappings.md tells what they give.
ecs::ReaderTable record_readers();

/// The stream of one line that came without a file: by the name of the log that a syslog header
/// holds, else by the line's form; `other` where neither tells.
std::string_view stream_of(std::string_view line);

}  // namespace cistern::connectors::cisco_secure_email
