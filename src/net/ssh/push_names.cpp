#include "net/ssh/push_names.hpp"

#include <algorithm>

namespace cistern::net::ssh {
namespace {

constexpr std::size_t kMaxPath = 1024;

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_control);
}

/// The next part of a path between slashes; moves over it.
std::string_view next_part(std::string_view& path) {
  const auto end = path.find('/');
  const std::string_view part = path.substr(0, end);
  path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
  return part;
}

}  // namespace

std::string_view name_fault(std::string_view name) {
  if (name.empty()) return "it is empty";
  if (name == "." || name == "..") return "it is '.' or '..'";
  if (name.size() > kMaxPushedName) return "it is longer than 255 bytes";
  if (name.find('/') != std::string_view::npos) return "it holds a slash";
  if (has_control(name)) return "it holds control bytes";
  return {};
}

std::optional<std::string> normal_path(std::string_view path) {
  if (path.size() > kMaxPath || has_control(path)) return std::nullopt;
  std::string out;
  while (!path.empty()) {
    const std::string_view part = next_part(path);
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (out.empty()) return std::nullopt;
      out.resize(out.rfind('/'));
    } else {
      out.append("/").append(part);
    }
  }
  return out.empty() ? "/" : out;
}

std::string_view parent_of(std::string_view normal) {
  const auto slash = normal.rfind('/');
  return slash == 0 || slash == std::string_view::npos ? std::string_view{"/"}
                                                       : normal.substr(0, slash);
}

std::string_view last_part_of(std::string_view normal) {
  const auto slash = normal.rfind('/');
  return slash == std::string_view::npos ? normal : normal.substr(slash + 1);
}

DropFolders::DropFolders(const std::vector<std::string>& folders) : folders_{"/"} {
  for (std::string_view folder : folders) {
    while (folder != "/") {
      folders_.emplace_back(folder);
      folder = parent_of(folder);
    }
  }
  std::sort(folders_.begin(), folders_.end());
  folders_.erase(std::unique(folders_.begin(), folders_.end()), folders_.end());
}

bool DropFolders::holds(std::string_view normal) const {
  return std::binary_search(folders_.begin(), folders_.end(), normal);
}

std::vector<std::string> DropFolders::below(std::string_view normal) const {
  std::vector<std::string> out;
  for (const std::string& folder : folders_) {
    if (folder != "/" && parent_of(folder) == normal) out.emplace_back(last_part_of(folder));
  }
  return out;
}

std::string DropFolders::listed() const {
  std::string out;
  for (const std::string& folder : folders_) {
    if (folder == "/" && folders_.size() > 1) continue;
    if (!out.empty()) out += ", ";
    out += folder;
  }
  return out;
}

}  // namespace cistern::net::ssh
