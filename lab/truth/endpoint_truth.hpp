// What Secure Endpoint's rules owe a collector: each event and audit record from the time it was
// first asked for on, whichever way it came.
#pragma once

#include "lab/cisco_secure_endpoint/endpoint_api.hpp"

#include <functional>
#include <string>

namespace cistern::lab {

/// The hourly budget allows to ask about once a minute, and a walk through pages takes its time.
inline constexpr Duration kEndpointBetweenRequests = std::chrono::minutes{3};

/// Lines of what can be seen by now, piece by piece.
std::function<bool(std::string&)> endpoint_truth_stream(const EndpointApi& api);

}  // namespace cistern::lab
