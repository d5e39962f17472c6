// Where credentials may be sent at all. Pure.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace cistern::net {

/// Whether the host of an origin (as url_origin() gives it) is this machine: 127.0.0.0/8, ::1 or
/// localhost. A name that merely begins like one is not.
bool is_loopback(std::string_view origin);

/// The origin of a URL to which a credential may go: https, or plain http on this machine. Failure
/// "net/url" (stop) that calls the URL `what`.
Result<std::string> require_safe_url(std::string_view url, std::string_view what);

}  // namespace cistern::net
