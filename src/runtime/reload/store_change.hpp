// Changes to names in the store that a person asks for: which are permitted.
#pragma once

#include "config/loader.hpp"
#include "journal/journal.hpp"
#include "runtime/reload/components.hpp"

#include <string>
#include <utility>
#include <vector>

namespace cistern::runtime {

/// Whether the change fits what the configuration file says and what the store holds. Nobody may
/// own a name that is taken away: a rename needs the new name in the file and the old one gone from
/// it, the others need the name gone; an item that is dropped must be there. Failures
/// "quarantine/unknown", "store/name-in-use", "store/name-missing", "store/name-unknown".
Status permitted(const journal::StoreEdit& edit, const config::Configuration& file,
                 journal::Journal& journal);

/// Components that must not run while the change is made.
std::vector<std::pair<ComponentKind, std::string>> owners_of(const journal::StoreEdit& edit);

}  // namespace cistern::runtime
