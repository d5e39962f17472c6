// The system's error numbers as failures with a next step.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace cistern {

/// `what` completes "cannot ...": "write", "open". `error` is an errno value.
Failure file_failure(std::string_view what, const std::string& path, int error);

}  // namespace cistern
