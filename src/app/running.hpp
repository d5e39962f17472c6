// Asking the running cistern, and changing the store where none runs.
#pragma once

#include "app/output.hpp"
#include "app/setup.hpp"

#include <string>

#include <boost/json/object.hpp>

namespace cistern::app {

/// Sends one request to the cistern that runs on the store and waits for its answer. Failures: what
/// it answered, or "control/not-running".
Result<boost::json::object> ask_running(const config::Configuration& configuration,
                                        const boost::json::object& request);

/// Opens the store for writing, makes the change if it is permitted, and closes the store. Only
/// where nothing runs: a second writer is refused by the store's lock.
Status change_stopped_store(const config::Configuration& configuration,
                            const journal::StoreEdit& edit);

/// Whether a person agrees: `yes` was given, or "yes" is typed on a terminal.
Result<bool> confirmed(bool yes, const std::string& question, const Output& output);

}  // namespace cistern::app
