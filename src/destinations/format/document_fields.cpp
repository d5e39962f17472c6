#include "destinations/format/document_fields.hpp"

#include "codec/json_scan.hpp"

#include <algorithm>

namespace cistern::destinations {

DocumentFields::DocumentFields() : nodes_(1) {}

std::size_t DocumentFields::add(std::string_view path) {
  std::size_t node = 0;
  for (;;) {
    const std::size_t dot = path.find('.');
    const std::size_t name = nodes_[node].names.add(path.substr(0, dot));
    if (name == nodes_[node].entries.size()) nodes_[node].entries.emplace_back();
    if (dot == std::string_view::npos) {
      Entry& entry = nodes_[node].entries[name];
      if (entry.field < 0) {
        entry.field = static_cast<std::int32_t>(values_.size());
        values_.emplace_back();
      }
      return static_cast<std::size_t>(entry.field);
    }
    if (nodes_[node].entries[name].child < 0) {
      nodes_[node].entries[name].child = static_cast<std::int32_t>(nodes_.size());
      nodes_.emplace_back();
    }
    node = static_cast<std::size_t>(nodes_[node].entries[name].child);
    path.remove_prefix(dot + 1);
  }
}

void DocumentFields::read(std::string_view document) {
  std::fill(values_.begin(), values_.end(), std::string_view{});
  walk(0, document);
}

void DocumentFields::walk(std::size_t node, std::string_view json) {
  const Node& here = nodes_[node];
  for (codec::JsonMembers members(json); members.next();) {
    const std::int32_t name = here.names.find(members.key());
    if (name < 0) continue;
    const Entry& entry = here.entries[static_cast<std::size_t>(name)];
    const std::string_view value = members.value();
    if (entry.field >= 0 && value != "null") values_[static_cast<std::size_t>(entry.field)] = value;
    if (entry.child >= 0 && value.starts_with('{'))
      walk(static_cast<std::size_t>(entry.child), value);
  }
}

}  // namespace cistern::destinations
