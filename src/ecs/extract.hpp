// First pass: the values of the fields that a program uses, and the members of the record.
#pragma once

#include "ecs/program.hpp"
#include "ecs/scratch.hpp"

#include <string_view>

namespace cistern::ecs {

/// Fills slots and fields of `scratch`. False: `raw` is not one JSON object. Of a repeated key the
/// last value counts and the earlier ones are left out. Unknown names are counted as drift.
bool extract(const Program& program, std::string_view raw, ViewScratch& scratch);

/// Fills the slots of `cistern.meta.*`. `meta` is a JSON object or empty.
void extract_meta(const Program& program, std::string_view meta, ViewScratch& scratch);

}  // namespace cistern::ecs
