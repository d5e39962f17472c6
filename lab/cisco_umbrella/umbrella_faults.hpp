// How often which fault happens by itself to requests for Umbrella's buckets and queue.
#pragma once

#include "lab/harness/faults.hpp"

#include <optional>
#include <string_view>

namespace cistern::lab {

std::optional<Fault> draw_umbrella_fault(FaultProfile profile, std::string_view operation,
                                         Dice& dice);

}  // namespace cistern::lab
