// How often which fault happens by itself.
#pragma once

#include "lab/harness/faults.hpp"
#include "lab/harness/random.hpp"

#include <optional>
#include <string_view>

namespace cistern::lab {

/// The profile's fault for one request, if the dice want one. Calm has none.
std::optional<Fault> draw_fault(FaultProfile profile, std::string_view operation, Dice& dice);

}  // namespace cistern::lab
