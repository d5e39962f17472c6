// "falcon-pretty": the vendor's JSON over many lines, as the Falcon SIEM Connector writes it to its
// file.
#pragma once

#include "config/options.hpp"
#include "runtime/destination.hpp"

#include <memory>

namespace cistern::destinations {

Result<std::unique_ptr<runtime::Format>> make_pretty_format(
    const config::Values& values, std::shared_ptr<const runtime::Views> views);

}  // namespace cistern::destinations
