// How often which fault happens by itself.
#pragma once

#include "lab/harness/faults.hpp"
#include "lab/harness/random.hpp"

#include <optional>
#include <string_view>

namespace cistern::lab {

/// The profile's fault for one request, if the dice want one. Calm has none.
std::optional<Fault> draw_fault(FaultProfile profile, std::string_view operation, Dice& dice);

/// The same for requests to Falcon ("token", "revoke", "discovery", "refresh", "stream"). A fault
/// of a stream says after how many bytes it ends.
std::optional<Fault> draw_falcon_fault(FaultProfile profile, std::string_view operation,
                                       Dice& dice);

/// The same for requests to Duo's Admin API, and to Secure Endpoint's.
std::optional<Fault> draw_duo_fault(FaultProfile profile, Dice& dice);
std::optional<Fault> draw_endpoint_fault(FaultProfile profile, Dice& dice);

}  // namespace cistern::lab
