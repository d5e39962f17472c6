// What Duo's rules owe a collector: each row of each log that was asked for, from the earliest time
// it was asked for on, as often as it stands there.
#pragma once

#include "lab/cisco_duo/duo_api.hpp"

#include <functional>
#include <string>

namespace cistern::lab {

/// Beside the two minutes: Duo asks that a log be asked for no more than once a minute, and what is
/// as new as that may still change.
inline constexpr Duration kDuoBetweenRequests = std::chrono::minutes{3};

/// Lines of the rows that can be seen by now, piece by piece.
std::function<bool(std::string&)> duo_truth_stream(const DuoApi& api);

}  // namespace cistern::lab
