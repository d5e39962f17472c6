// "leef": one LEEF line an event, by the mapping in mappings/leef.yaml or one of the user's.
#pragma once

#include "config/options.hpp"
#include "runtime/destination.hpp"

#include <array>
#include <memory>
#include <string_view>
#include <vector>

namespace cistern::destinations {

inline constexpr std::array<std::string_view, 8> kLeefOptions = {
    "include_original", "format_mapping", "max_length",   "device_vendor",
    "device_product",   "device_version", "leef_version", "leef_delimiter"};
inline constexpr std::array<std::string_view, 2> kLeefVersions = {"1.0", "2.0"};

void check_leef_format(const config::Values& values, std::vector<config::Problem>& problems);

Result<std::unique_ptr<runtime::Format>> make_leef_format(
    const config::Values& values, std::shared_ptr<const runtime::Views> views);

}  // namespace cistern::destinations
