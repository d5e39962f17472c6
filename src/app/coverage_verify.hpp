// `coverage --verify`: asks the vendor again and compares.
#pragma once

#include "app/commands.hpp"
#include "app/registry.hpp"
#include "app/setup.hpp"

namespace cistern::app {

/// Works beside a running cistern: the store is only read, and the vendor is asked slowly.
ExitCode coverage_verify(const CoverageCommand& command, const config::Configuration& configuration,
                         const Registry& registry, OpenStore& store, const Output& output);

}  // namespace cistern::app
