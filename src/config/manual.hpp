// The manual page of the configuration file, from the same tables as everything else.
#pragma once

#include "config/loader.hpp"

#include <string>
#include <string_view>

namespace cistern::config {

/// cistern.yaml(5) in the language of manual pages.
std::string manual_page(const Schema& schema, std::string_view version);

}  // namespace cistern::config
