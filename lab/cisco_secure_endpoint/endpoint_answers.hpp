// The envelope that all of Secure Endpoint's answers share.
#pragma once

#include "lab/harness/http.hpp"

#include <string>
#include <string_view>

namespace cistern::lab {

/// `{"version":"v1.2.0","metadata":...,"data":...}`
Response endpoint_answer(int status, std::string_view metadata, std::string_view data, bool gzip);
/// `{"version":"v1.2.0","data":{},"errors":[{"error_code":401,"description":...,"details":[...]}]}`
Response endpoint_error(int status, std::string_view detail);
/// `{"links":{"self":"..."}}`
std::string endpoint_self(const Request& request);

}  // namespace cistern::lab
