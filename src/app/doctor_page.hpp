// What `doctor` prints of a probe, for people and for programs.
#pragma once

#include "app/output.hpp"
#include "runtime/connector.hpp"

#include <cstddef>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

namespace cistern::app {

/// The probe with what was seen and what is to be done, ready to be printed.
std::string probe_text(const runtime::ProbeResult& probe, const Output& output, std::size_t width);

/// Probes that were skipped one after the other for the same reason, as one paragraph.
std::string skipped_text(const std::vector<runtime::ProbeResult>& skipped, const Output& output,
                         std::size_t width);

/// "1 failed, 3 skipped, 4 ok: begin with the next step of \"token\"".
std::string probes_summary(const std::vector<runtime::ProbeResult>& probes);

/// All members are always there; what does not apply is an empty text.
boost::json::object probe_json(const runtime::ProbeResult& probe);

}  // namespace cistern::app
