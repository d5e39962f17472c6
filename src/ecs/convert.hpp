// Conversions of single values.
#pragma once

#include "ecs/mapping.hpp"
#include "ecs/scratch.hpp"

#include <string_view>

namespace cistern::ecs {

/// The value as JSON for a target, or empty if it is not of a type that the conversion takes.
/// `json` is one raw scalar of the record, not null.
std::string_view convert(Conversion conversion, std::string_view json, ViewScratch& scratch);

/// Whether a value says nothing: null, or an empty string.
bool is_blank(std::string_view json);

/// The characters of a JSON string, or the words of another scalar; may lie in the arena.
std::string_view scalar_text(std::string_view json, ViewScratch& scratch);

}  // namespace cistern::ecs
