// Third pass: the document, written straight into the outgoing buffer.
#pragma once

#include "ecs/program.hpp"
#include "ecs/scratch.hpp"

#include <string>

namespace cistern::ecs {

/// Appends one JSON object of all set values and of what the record holds besides.
void write_document(const Program& program, ViewScratch& scratch, std::string& out);

}  // namespace cistern::ecs
