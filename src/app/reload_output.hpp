// The report of a reload, for people.
#pragma once

#include "app/output.hpp"

#include <boost/json/object.hpp>

namespace cistern::app {

/// Prints what the running process answered; exit code 1 when something could not be done.
ExitCode print_reload(const boost::json::object& report, bool json, const Output& output);

}  // namespace cistern::app
