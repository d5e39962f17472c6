// Which stream a message belongs to when no rule of the configuration says it.
#pragma once

#include <string_view>

namespace cistern::connectors::syslog {

/// `sophos.firewall`, `sophos.utm`, `cef`, `leef`, `json`, `key_value` or `message`, by what stands
/// in the message as it was framed. Looks at its first kilobytes only, whatever its size; the text
/// is static.
std::string_view detect_stream(std::string_view message);

}  // namespace cistern::connectors::syslog
