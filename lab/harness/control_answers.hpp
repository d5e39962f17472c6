// Answers of the lab's own switches.
#pragma once

#include "base/result.hpp"
#include "lab/harness/http.hpp"

namespace cistern::lab {

/// `{}`, or 400 with the reason.
Response outcome_response(const Status& status);

}  // namespace cistern::lab
