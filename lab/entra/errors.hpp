// Refusals of the token endpoint in the vendor's words and shape ("Microsoft Entra authentication
// and authorization error codes").
#pragma once

#include "base/time.hpp"
#include "lab/harness/http.hpp"

#include <string>
#include <string_view>

namespace cistern::lab {

/// A refusal by its AADSTS number; `detail` is put where the vendor names what was wrong.
struct TokenRefusal {
  unsigned number = 0;
  std::string detail;
};

Response refusal_response(const TokenRefusal& refusal, TimePoint now);

}  // namespace cistern::lab
