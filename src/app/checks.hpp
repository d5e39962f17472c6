// Mistakes that no single value shows: between components, in the files they name, and against the
// store as it is.
#pragma once

#include "app/registry.hpp"
#include "base/time.hpp"
#include "config/loader.hpp"

#include <string>
#include <vector>

namespace cistern::app {

/// Loads the file and looks at its components together; what `run`, `reload` and `check` do alike.
config::Loaded load_and_check(const std::string& file, const Registry& registry);

/// Certificates and other files that connectors and destinations name.
void check_files(const config::Configuration& configuration, const Registry& registry,
                 TimePoint now, std::vector<config::Problem>& problems);

/// Compares the configuration with the store: whether it can be used, names that were renamed or
/// removed, destinations that would begin anew. Only reads; a running cistern is not disturbed.
void check_store(const config::Configuration& configuration, const Registry& registry,
                 std::vector<config::Problem>& problems);

}  // namespace cistern::app
