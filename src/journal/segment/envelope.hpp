// Lines of the store: writing them and taking them apart again.
#pragma once

#include "base/record.hpp"
#include "journal/journal.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace cistern::journal {

/// Appends one line with its line break. `connector` and `received` are the same for a whole
/// commit, so they come as finished JSON text: `"connector":"NAME"` and `"received":"TIME"`.
void append_line(std::string& out, Sequence sequence, const Identity& identity,
                 std::string_view connector, std::string_view received, const Record& record);

/// Whether the record may be stored: its meta is a JSON object on one line.
bool storable(const Record& record);

/// Takes decompressed lines apart. Nothing when a line is not one of ours, or when the sequences do
/// not run from `first` to `last`.
std::shared_ptr<const Group> make_group(Sequence first, Sequence last, std::string lines);

}  // namespace cistern::journal
