// Asks the vendor again what it offered in a past window: listing only, nothing is fetched.
#pragma once

#include "runtime/connector.hpp"

#include <memory>

namespace cistern::connectors::microsoft_365 {

/// One listing at a time, in windows of at most 24 hours, at most four requests a second, so that
/// a cistern that collects beside it keeps its budget; a throttled answer is waited out as long as
/// the vendor asks. The vendor lists 7 days; what lies before is left out with a note.
std::shared_ptr<void> start_relist(const config::Values& values, runtime::RelistContext context);

}  // namespace cistern::connectors::microsoft_365
