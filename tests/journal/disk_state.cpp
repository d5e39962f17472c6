#include "disk_state.hpp"

#include <algorithm>

namespace cistern::test {
namespace {

constexpr std::uint64_t kSector = 512;

/// Nothing, all, a piece up to any byte, or any of the sectors.
void apply_part(std::string& content, const DiskState::Change& change, Random& random) {
  const std::uint64_t choice = random.next() % 4;
  if (choice == 0) return;
  if (choice == 1 || change.truncates) return apply_whole(content, change);
  const std::string_view bytes = *change.bytes;
  if (choice == 2) {
    return put_bytes(content, change.offset, bytes.substr(0, random.next() % (bytes.size() + 1)));
  }
  for (std::uint64_t at = 0; at < bytes.size();) {
    const std::uint64_t size = kSector - (change.offset + at) % kSector;
    const std::string_view sector = bytes.substr(at, size);
    if (random.next() % 2 == 0) put_bytes(content, change.offset + at, sector);
    at += sector.size();
  }
}

}  // namespace

std::string parent(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

void put_bytes(std::string& content, std::uint64_t offset, std::string_view bytes) {
  if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
  content.replace(offset, bytes.size(), bytes);
}

void apply_whole(std::string& content, const DiskState::Change& change) {
  if (change.truncates) {
    content.resize(change.offset);
  } else {
    put_bytes(content, change.offset, *change.bytes);
  }
}

void apply_name(std::map<std::string, std::uint64_t>& names, const DiskState::NameChange& change) {
  if (!change.from.empty()) names.erase(change.from);
  if (change.node == 0) {
    names.erase(change.path);
  } else {
    names[change.path] = change.node;
  }
}

std::string& own(std::shared_ptr<std::string>& bytes) {
  if (bytes.use_count() > 1) bytes = std::make_shared<std::string>(*bytes);
  return *bytes;
}

DiskState DiskState::killed() const {
  DiskState next = *this;
  ++next.life;
  return next;
}

DiskState DiskState::after_power_cut(Survival survival, Random& random) const {
  DiskState next;
  next.last_node = last_node;
  next.boot = boot + 1;
  next.life = life + 1;
  std::map<std::string, std::uint64_t> kept = durable_names;
  for (const NameChange& change : pending_names) {
    if (survival == Survival::nothing) break;
    if (survival == Survival::everything || random.next() % 2 == 0) apply_name(kept, change);
  }
  for (const auto& [path, id] : kept) {
    // Parents come before their entries. A folder's entries go with its name.
    const auto folder = next.names.find(parent(path));
    const bool rooted =
        std::count(path.begin(), path.end(), '/') <= 1 || folder != next.names.end();
    if (!rooted) continue;
    next.names[path] = id;
    if (next.nodes.contains(id)) continue;
    const Node& node = nodes.at(id);
    Node& copy = next.nodes[id];
    copy.directory = node.directory;
    copy.durable = std::make_shared<std::string>(*node.durable);
    for (const Change& change : node.pending) {
      if (survival == Survival::everything) apply_whole(*copy.durable, change);
      if (survival == Survival::some) apply_part(*copy.durable, change, random);
    }
    copy.current = copy.durable;
  }
  next.durable_names = next.names;
  return next;
}

std::optional<std::string> DiskState::content(const std::string& path) const {
  const auto found = names.find(path);
  if (found == names.end()) return std::nullopt;
  return *nodes.at(found->second).current;
}

void DiskState::put(const std::string& path, std::string bytes) {
  const auto found = names.find(path);
  const std::uint64_t id = found == names.end() ? ++last_node : found->second;
  Node& node = nodes[id];
  node.current = node.durable = std::make_shared<std::string>(std::move(bytes));
  node.pending.clear();
  names[path] = durable_names[path] = id;
}

void DiskState::erase(const std::string& path) {
  names.erase(path);
  durable_names.erase(path);
  std::erase_if(pending_names, [&](const NameChange& change) { return change.path == path; });
}

std::vector<std::string> DiskState::paths() const {
  std::vector<std::string> paths;
  for (const auto& [path, id] : names) {
    if (!nodes.at(id).directory) paths.push_back(path);
  }
  return paths;
}

}  // namespace cistern::test
