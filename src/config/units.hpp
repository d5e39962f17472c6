// Durations and sizes as users write them, and options as words of a message.
#pragma once

#include "config/options.hpp"

#include <cstdint>
#include <string>

namespace cistern::config {

/// The shortest way to write so many seconds: "30s", "1h30m", "7d".
std::string write_duration(std::int64_t seconds);

/// The shortest exact way to write so many bytes: "4KiB", "10MB", "1000B".
std::string write_size(std::int64_t bytes);

/// The allowed range in the units of the option: "from 30s to 7d", "at least 1"; empty when there
/// is none.
std::string range_text(const Option& option);

/// Whether a number (seconds for a duration, bytes for a size) is within the option's range.
bool in_range(const Option& option, std::int64_t number);

/// "duration", "text", ... as the reference pages and messages call the type.
std::string_view type_name(OptionType type);

}  // namespace cistern::config
