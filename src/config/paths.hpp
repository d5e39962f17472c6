// Paths relative to the configuration file.
#pragma once

#include <string>
#include <string_view>

namespace cistern::config {

/// Folder part of a file's path; empty for a file of the current folder.
std::string folder_of(std::string_view file);

/// The path as seen from `folder`; absolute paths and "-" (standard output) stay as they are.
std::string path_from(const std::string& folder, const std::string& path);

}  // namespace cistern::config
