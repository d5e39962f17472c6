// The payload formats that a destination may choose, and their options. README.md says what becomes
// of vendors' texts with line breaks.
#pragma once

#include "base/result.hpp"
#include "config/options.hpp"
#include "destinations/format/format_type.hpp"
#include "runtime/destination.hpp"

#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace cistern::destinations {

/// "ecs", "raw", "envelope", ...: what `format:` may be.
std::span<const std::string_view> format_names();

/// `format` and the options of single formats; every destination understands them.
std::span<const config::Option> format_options();

/// Mistakes among them: an option that does nothing with the chosen format, and what the format
/// itself finds.
void check_format_options(const config::Values& values, std::vector<config::Problem>& problems);

/// What the payloads of that format are; a transport of messages refuses `multi_line` and sends
/// each line of `lines` by itself.
PayloadShape payload_shape(std::string_view format);

/// The format that a destination's values ask for.
Result<std::unique_ptr<runtime::Format>> make_format(const config::Values& values,
                                                     std::shared_ptr<const runtime::Views> views);

/// The format of that name with the fallbacks of all its options, for tools without a destination.
/// Fails with "config/format" on a name that is none.
Result<std::unique_ptr<runtime::Format>> make_plain_format(
    std::string_view name, std::shared_ptr<const runtime::Views> views);

}  // namespace cistern::destinations
