// Refusals of the Management Activity API.
#pragma once

#include "lab/harness/http.hpp"

#include <string>
#include <string_view>

namespace cistern::lab {

/// `{"error":{"code":"AF20022","message":"..."}}`
Response activity_error(int status, std::string_view code, std::string_view message);

/// What the front end says to a missing, foreign or expired token: no AF code.
Response unauthorized();

/// The message of a planted or drawn fault.
std::string fault_message(std::string_view code, std::string_view operation,
                          std::string_view publisher);

}  // namespace cistern::lab
