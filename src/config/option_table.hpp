// A part of the file that is described by tables of options.
#pragma once

#include "config/mapping.hpp"
#include "config/value_reader.hpp"

#include <span>
#include <string>
#include <vector>

namespace cistern::config {

/// The part of the file that is read, for messages.
struct Part {
  std::string name;   ///< "connector 'contoso-audit'", "store"
  Mark mark;          ///< Where its name stands.
  bool given = true;  ///< False: the file does not have it at all.
};

using Tables = std::vector<std::span<const Option>>;

/// Reads the entries against the options of all tables. Unknown names, wrong values and missing
/// required options become findings; options that are not given get their fallbacks.
Values read_options(const std::vector<Entry>& entries, const Tables& tables, const Part& part,
                    const ReadContext& context);

/// What to write instead of an unknown name: the nearest known one, or all of them.
std::string instead_of(std::string_view name, const std::vector<std::string>& known);

}  // namespace cistern::config
