// One line of each device format. All of them follow from the seed given, and carry its marker in a
// field that the format has.
#pragma once

#include "lab/syslog/line_words.hpp"

namespace cistern::lab {

/// Sophos Firewall, "device standard format": no header behind the priority.
Line sophos_standard_line(const LineSeed& seed);
/// Sophos Firewall, "central reporting format".
Line sophos_central_line(const LineSeed& seed);
/// Sophos UTM: a header of its own, all values quoted.
Line sophos_utm_line(const LineSeed& seed);
/// Devices of other vendors: RFC 3164 and RFC 5424 headers; text, CEF, LEEF and JSON bodies.
Line generic_line(const LineSeed& seed);

}  // namespace cistern::lab
