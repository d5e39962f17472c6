// How lost sequences are named in rows of kind kMendedKind.
#pragma once

#include "journal/journal.hpp"

#include <string>

namespace cistern::journal {

/// "5-9".
inline std::string hole_name(const Hole& hole) {
  return std::to_string(hole.from) + "-" + std::to_string(hole.to);
}

}  // namespace cistern::journal
