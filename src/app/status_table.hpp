// The status as tables for people: `status`, and the live table of `run`.
#pragma once

#include "app/output.hpp"
#include "base/time.hpp"
#include "runtime/status/status.hpp"

#include <string>
#include <vector>

namespace cistern::app {

/// Connectors (state in words, events, events/s, lag, complete through) and destinations (state,
/// delivered, events/s, backlog).
std::string status_table(const std::vector<runtime::ConnectorStatus>& connectors,
                         const std::vector<runtime::DestinationStatus>& destinations, TimePoint now,
                         const Output& output);

}  // namespace cistern::app
