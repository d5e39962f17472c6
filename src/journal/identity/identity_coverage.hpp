// How far identity files cover the log.
#pragma once

#include "journal/identity/identity_file.hpp"

#include <algorithm>
#include <vector>

namespace cistern::journal {

/// The sequence up to which the files cover the log without a gap. `files` are ordered by first
/// sequence; what lies before the first one has left the window. `damaged` are ranges of files set
/// aside: one that begins before all files is a gap at the beginning.
inline Sequence covered_by(const std::vector<CoveredRange>& files,
                           const std::vector<CoveredRange>& damaged) {
  for (const CoveredRange& lost : damaged) {
    if (files.empty() || lost.first < files.front().first) {
      Sequence first = lost.first;
      for (const CoveredRange& other : damaged) {
        first = std::min(first, other.first);
      }
      return first - 1;
    }
  }
  if (files.empty()) return 0;
  Sequence reach = files.front().last;
  for (const CoveredRange& file : files) {
    if (file.first > reach + 1) break;
    reach = std::max(reach, file.last);
  }
  return reach;
}

}  // namespace cistern::journal
