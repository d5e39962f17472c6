// Countries of ISO 3166.
#pragma once

#include <string_view>

namespace cistern::connectors::syslog {

/// "DE" for "DEU"; empty for a code that names no country, such as the device's "R1" for reserved
/// addresses.
std::string_view country_alpha2(std::string_view alpha3);

}  // namespace cistern::connectors::syslog
