// The few fields of a JSON document that a format asks for, found in one pass.
#pragma once

#include "ecs/name_index.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::destinations {

/// Paths are declared first, then one document after the other is read.
class DocumentFields {
 public:
  DocumentFields();
  /// The number of a path such as `source.ip`; the same for the same path. As deep as the path is,
  /// so deep the reading goes: paths come from mapping files, which bound them.
  std::size_t add(std::string_view path);
  /// Takes the values out of a document, which must stay where it is while they are used. Members
  /// that no path names are crossed without a look inside.
  void read(std::string_view document);
  /// The value as it stands in the document; empty where there is none, or null.
  [[nodiscard]] std::string_view json(std::size_t field) const { return values_[field]; }

 private:
  struct Entry {
    std::int32_t field = -1;
    std::int32_t child = -1;
  };
  struct Node {
    ecs::NameIndex names;
    std::vector<Entry> entries;
  };
  void walk(std::size_t node, std::string_view json);

  std::vector<Node> nodes_;
  std::vector<std::string_view> values_;
};

}  // namespace cistern::destinations
