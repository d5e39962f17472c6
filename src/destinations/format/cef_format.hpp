// "cef": one CEF line an event, by the mapping in mappings/cef.yaml or one of the user's.
#pragma once

#include "config/options.hpp"
#include "runtime/destination.hpp"

#include <array>
#include <memory>
#include <string_view>
#include <vector>

namespace cistern::destinations {

inline constexpr std::array<std::string_view, 6> kCefOptions = {
    "include_original", "format_mapping", "max_length",
    "device_vendor",    "device_product", "device_version"};

void check_cef_format(const config::Values& values, std::vector<config::Problem>& problems);

Result<std::unique_ptr<runtime::Format>> make_cef_format(
    const config::Values& values, std::shared_ptr<const runtime::Views> views);

}  // namespace cistern::destinations
