// The status as one JSON object, for the control socket and `status --json`.
#pragma once

#include "journal/journal.hpp"
#include "runtime/status/status.hpp"

#include <string>

namespace cistern::runtime {

/// {"now","started","connectors":[...],"destinations":[...],"store":{...}}. Times are RFC 3339,
/// durations seconds (`lag_seconds`); what is unknown is left out.
std::string status_json(const StatusBoard& status, const journal::Journal& journal, TimePoint now);

}  // namespace cistern::runtime
