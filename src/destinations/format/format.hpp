// The payload formats that a destination may choose. Every payload is one line: README.md says what
// becomes of vendors' texts with line breaks.
#pragma once

#include "base/result.hpp"
#include "runtime/destination.hpp"

#include <memory>
#include <span>
#include <string_view>

namespace cistern::destinations {

/// "ecs" (the ECS document), "raw" (the vendor's words: the JSON value, the text, or the decoded
/// bytes; what holds a line break stays in its JSON form), "envelope" (the store's own line).
std::span<const std::string_view> format_names();

/// `original`: adds event.original to ECS documents. Fails with "config/format" on another name.
Result<std::unique_ptr<runtime::Format>> make_format(std::string_view name, bool original,
                                                     std::shared_ptr<const runtime::Views> views);

}  // namespace cistern::destinations
