// Finding many paths in one JSON text: compiled once, then one walk for each text, without a tree
// of values and without copies.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::codec {

/// Paths such as `event.Destination.Web`, merged where they begin alike. A member's name is
/// compared byte for byte; a name of digits also finds an element of an array by its index.
class PathTree {
 public:
  using Node = std::uint32_t;
  static constexpr Node kRoot = 0;

  PathTree() : nodes_(1) {}
  /// The node of a path below `from`; the same path gives the same node. Segments are separated by
  /// dots.
  Node add(std::string_view path, Node from = kRoot);
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }

 private:
  friend class PathValues;
  struct Child {
    std::string name;
    Node node = 0;
  };
  struct Entry {
    std::vector<Child> children;
    /// Open addressing over `children` (index + 1) where there are many of them; empty otherwise.
    std::vector<std::uint32_t> table;
    bool by_index = false;  ///< A child's name is a number.
  };
  void index(Entry& entry);
  [[nodiscard]] const Child* find(const Entry& entry, std::string_view name) const;

  std::vector<Entry> nodes_;
};

/// The values of one text at the nodes of a tree; used again for the next text. One thread.
class PathValues {
 public:
  /// Walks the JSON text, which must be valid and outlive the reading. Of members that are named
  /// twice the last one counts.
  void read(const PathTree& tree, std::string_view json);
  /// The value at a node, as it stands in the text; empty when there is none.
  [[nodiscard]] std::string_view at(PathTree::Node node) const {
    const auto& slot = slots_[node];
    return slot.round == round_ ? slot.value : std::string_view{};
  }
  /// From now on `value` stands at the node, and what is within it below the node: an element in
  /// the place of its array.
  void bind(PathTree::Node node, std::string_view value);

 private:
  struct Slot {
    std::string_view value;
    std::uint64_t round = 0;  ///< Of the text that set it.
  };
  void set(PathTree::Node node, std::string_view value);
  void descend(PathTree::Node node, std::string_view value);
  void clear_below(PathTree::Node node);

  const PathTree* tree_ = nullptr;
  std::vector<Slot> slots_;
  std::uint64_t round_ = 0;
  std::string name_;  ///< A member's name with its escapes resolved.
};

/// The value of one path, found by itself; empty when there is none.
std::string_view find_json_path(std::string_view json, std::string_view path);

}  // namespace cistern::codec
