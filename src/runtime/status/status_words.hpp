// Which state wins, and how it is said. Pure.
#pragma once

#include "runtime/status/status.hpp"

#include <string>
#include <string_view>

namespace cistern::runtime {

/// How much a state matters to the person on call; the larger wins.
int gravity(State state);

/// "throttled until 09:14:07", "stopped: secret expired". `stream` is named when the state is not
/// that of all streams; empty otherwise.
std::string state_words(State state, const std::optional<Failure>& failure, TimePoint until,
                        std::string_view stream);

/// What happens next, for the log: "next try in 60 s", or the failure's next step.
std::string what_next(State state, const std::optional<Failure>& failure, TimePoint until,
                      TimePoint now);

/// "newest event 4 min old", "no event yet".
std::string age_words(TimePoint newest_event, TimePoint now);

/// The level of the line that says a component came from one state into another.
LogLevel level_of_change(State from, State to);

}  // namespace cistern::runtime
