// The formats that give what the store holds, without a mapping of their own.
#pragma once

#include "config/options.hpp"
#include "journal/journal.hpp"
#include "runtime/destination.hpp"

#include <memory>
#include <string>

namespace cistern::destinations {

/// "ecs": the ECS document.
Result<std::unique_ptr<runtime::Format>> make_ecs_format(
    const config::Values& values, std::shared_ptr<const runtime::Views> views);

/// "raw": the vendor's words: the JSON value, the text, or the decoded bytes.
Result<std::unique_ptr<runtime::Format>> make_raw_format(
    const config::Values& values, std::shared_ptr<const runtime::Views> views);

/// "envelope": the store's own line.
Result<std::unique_ptr<runtime::Format>> make_envelope_format(
    const config::Values& values, std::shared_ptr<const runtime::Views> views);

/// The vendor's words in one line: what holds a line break stays in its JSON form.
void append_raw_line(const journal::Envelope& envelope, std::string& out);

}  // namespace cistern::destinations
