#include "config/paths.hpp"

namespace cistern::config {

std::string folder_of(std::string_view file) {
  const std::size_t slash = file.rfind('/');
  if (slash == std::string_view::npos) return {};
  return std::string{file.substr(0, slash == 0 ? 1 : slash)};
}

std::string path_from(const std::string& folder, const std::string& path) {
  if (path.empty() || path == "-" || path.front() == '/' || folder.empty()) return path;
  return folder.back() == '/' ? folder + path : folder + "/" + path;
}

}  // namespace cistern::config
