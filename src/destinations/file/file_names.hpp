// Names of the files beside the one that is written.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::destinations {

/// The folder and the name within it. A path without a slash lies in ".".
struct SplitPath {
  std::string directory;
  std::string name;
};
SplitPath split_path(const std::string& path);

/// "events.ndjson" -> "events.ndjson.20260304T050607Z-1"; a compression's ending stays the ending:
/// "events.ndjson.zst" -> "events.ndjson.20260304T050607Z-1.zst". The name is later than that of
/// every rotated file in `taken`, also when the clock was set back or that of this second was
/// deleted: the order of names is the order of events, and the oldest name is deleted first.
std::string rotated_name(std::string_view name, TimePoint now,
                         const std::vector<std::string>& taken);

/// Likewise with "aside-" before the time and the first free number: files that cistern did not
/// write and does not delete.
std::string aside_name(std::string_view name, TimePoint now, const std::vector<std::string>& taken);

/// Those of `names` that rotated_name made for `name`, oldest first.
std::vector<std::string> rotated_files(std::string_view name,
                                       const std::vector<std::string>& names);

/// Those of `rotated` (names by rotated_files) whose rotation was longer than `keep_for` ago.
std::vector<std::string> expired_files(std::string_view name,
                                       const std::vector<std::string>& rotated, Duration keep_for,
                                       TimePoint now);

/// Where the first batch of a new file is written before the file gets its name.
std::string starting_name(std::string_view name);

}  // namespace cistern::destinations
