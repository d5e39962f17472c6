// What a restarted lab must know of Umbrella: the key pair's number, objects that were planted,
// replaced or purged, and what has been asked for.
#pragma once

#include "base/result.hpp"
#include "lab/cisco_umbrella/export_index.hpp"
#include "lab/cisco_umbrella/umbrella_demand.hpp"

#include <string>

namespace cistern::lab {

std::string umbrella_state_text(unsigned rotations, const ExportIndex& index,
                                const UmbrellaDemand& demand);

/// Restores into `index` and `demand`; the number of rotations. Failure: "lab/bad-state".
Result<unsigned> read_umbrella_state(const std::string& text, ExportIndex& index,
                                     UmbrellaDemand& demand);

/// A number that follows from a text.
std::uint64_t fingerprint_of(std::string_view text);

}  // namespace cistern::lab
