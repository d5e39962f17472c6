// Second pass: the program runs over the slots and fills target values.
#pragma once

#include "ecs/program.hpp"
#include "ecs/scratch.hpp"

namespace cistern::ecs {

/// False: a rule drops the record.
bool evaluate(const Program& program, ViewScratch& scratch);

/// Sets a single field unless it is set already; true if it was set now. `json` must live as long
/// as the record.
bool set_value(ViewScratch& scratch, TargetId target, std::string_view json);

/// Adds to a set unless an equal value is there.
void add_value(ViewScratch& scratch, TargetId target, std::string_view json);

/// The text of a slot: a string's characters, or a number's or boolean's words. Empty for an absent
/// field, an object or an array.
std::string_view text_of(ViewScratch& scratch, SlotId slot);

}  // namespace cistern::ecs
