#include "codec/json_paths.hpp"

#include "codec/json_scan.hpp"

#include <algorithm>
#include <charconv>

namespace cistern::codec {
namespace {

// Below this many names a comparison of lengths and first bytes is as fast as a table.
constexpr std::size_t kFewNames = 4;

std::size_t hash(std::string_view name) {
  if (name.empty()) return 0;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(name[at]); };
  return (name.size() * 31 + byte(0) * 7 + byte(name.size() / 2) * 131 + byte(name.size() - 1)) *
         std::size_t{0x9E3779B1};
}

std::string_view take_segment(std::string_view& path) {
  const auto end = std::min(path.find('.'), path.size());
  const auto segment = path.substr(0, end);
  path.remove_prefix(std::min(end + 1, path.size()));
  return segment;
}

bool is_number(std::string_view name) {
  return !name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

PathTree::Node PathTree::add(std::string_view path, Node from) {
  Node node = from;
  while (!path.empty()) {
    const auto segment = take_segment(path);
    if (const auto* known = find(nodes_[node], segment)) {
      node = known->node;
      continue;
    }
    const auto fresh = static_cast<Node>(nodes_.size());
    nodes_.emplace_back();
    auto& entry = nodes_[node];
    entry.children.push_back({.name = std::string{segment}, .node = fresh});
    entry.by_index = entry.by_index || is_number(segment);
    index(entry);
    node = fresh;
  }
  return node;
}

void PathTree::index(Entry& entry) {
  const std::size_t count = entry.children.size();
  if (count <= kFewNames) return;
  std::size_t first = count - 1;
  if (entry.table.size() < count * 4) {
    std::size_t size = std::max<std::size_t>(16, entry.table.size());
    while (size < count * 4)
      size *= 2;
    entry.table.assign(size, 0);
    first = 0;
  }
  const std::size_t mask = entry.table.size() - 1;
  for (std::size_t i = first; i < count; ++i) {
    std::size_t place = (hash(entry.children[i].name) >> 8) & mask;
    while (entry.table[place] != 0)
      place = (place + 1) & mask;
    entry.table[place] = static_cast<std::uint32_t>(i + 1);
  }
}

const PathTree::Child* PathTree::find(const Entry& entry, std::string_view name) const {
  if (entry.table.empty()) {
    for (const auto& child : entry.children)
      if (child.name == name) return &child;
    return nullptr;
  }
  const std::size_t mask = entry.table.size() - 1;
  for (std::size_t place = (hash(name) >> 8) & mask; entry.table[place] != 0;
       place = (place + 1) & mask) {
    const auto& child = entry.children[entry.table[place] - 1U];
    if (child.name == name) return &child;
  }
  return nullptr;
}

void PathValues::read(const PathTree& tree, std::string_view json) {
  tree_ = &tree;
  if (slots_.size() < tree.size()) slots_.resize(tree.size());
  ++round_;
  set(PathTree::kRoot, json);
  descend(PathTree::kRoot, json);
}

void PathValues::set(PathTree::Node node, std::string_view value) {
  slots_[node] = {.value = value, .round = round_};
}

void PathValues::bind(PathTree::Node node, std::string_view value) {
  clear_below(node);
  set(node, value);
  descend(node, value);
}

void PathValues::clear_below(PathTree::Node node) {
  for (const auto& child : tree_->nodes_[node].children) {
    if (slots_[child.node].round != round_) continue;
    slots_[child.node].round = 0;
    clear_below(child.node);
  }
}

// As deep as the longest path and no deeper, whatever the text holds.
void PathValues::descend(PathTree::Node node, std::string_view value) {
  const auto& entry = tree_->nodes_[node];
  if (entry.children.empty() || value.empty()) return;
  const auto take = [&](std::string_view name, std::string_view inner) {
    const auto* child = tree_->find(entry, name);
    if (child == nullptr) return;
    if (slots_[child->node].round == round_) clear_below(child->node);
    set(child->node, inner);
    descend(child->node, inner);
  };
  if (value.front() == '{') {
    for (JsonMembers member(value); member.next();) {
      if (member.key().find('\\') == std::string_view::npos) {
        take(member.key(), member.value());
        continue;
      }
      name_.clear();
      append_unescaped(name_, member.key());
      take(name_, member.value());
    }
  } else if (value.front() == '[' && entry.by_index) {
    char digits[20];
    std::size_t number = 0;
    for (JsonElements element(value); element.next(); ++number) {
      const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
      take({digits, static_cast<std::size_t>(end - digits)}, element.value());
    }
  }
}

std::string_view find_json_path(std::string_view json, std::string_view path) {
  while (!path.empty()) {
    const auto segment = take_segment(path);
    JsonMembers member(json);
    do {
      if (!member.next()) return {};
    } while (member.key() != segment);
    json = member.value();
  }
  return json;
}

}  // namespace cistern::codec
