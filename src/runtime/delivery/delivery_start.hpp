// Where a destination begins that never ran before.
#pragma once

#include "base/clock.hpp"
#include "journal/journal.hpp"

#include <string_view>

namespace cistern::runtime {

/// Whether `start` is one of the three.
bool is_start(std::string_view start);

/// The first sequence for `start`: "now", "oldest", or a duration back from now such as "24h".
/// Anything else is "config/start".
Result<Sequence> first_sequence(std::string_view start, journal::Journal& journal,
                                const Clock& clock);

}  // namespace cistern::runtime
