// What `status` prints below its tables: everything that needs a person, with its cure.
#pragma once

#include "app/output.hpp"

#include <string>

#include <boost/json/object.hpp>

namespace cistern::app {

/// `status` is the object of runtime::status_json(). For each failure of a connector or destination
/// that lasts: cause, consequence and next step, once each; then stages that stand still, events
/// that were set aside, and fields that the mappings do not know. Empty when there is nothing.
std::string status_notes(const boost::json::object& status, const Output& output);

}  // namespace cistern::app
