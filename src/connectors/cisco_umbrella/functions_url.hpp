// The parts of an address that was asked for.
#pragma once

#include "ecs/functions.hpp"

#include <string_view>

namespace cistern::connectors::cisco_umbrella {

/// `https://host:port/path?query#fragment` to `url.*`; of another text only `url.original`.
bool url_parts(std::string_view json, ecs::FieldSink& sink);

}  // namespace cistern::connectors::cisco_umbrella
