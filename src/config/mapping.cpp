#include "config/mapping.hpp"

#include "base/bytes.hpp"

#include <unordered_map>

namespace cistern::config {

std::vector<Entry> entries_of(const YamlNode& node, Findings& findings, SourceText& source) {
  std::vector<Entry> entries;
  std::unordered_map<std::string_view, Mark> first_places;
  for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
    const YamlNode& key = node.items[i];
    if (!key.is_scalar()) {
      findings.error(key.mark, "a name is missing before ':'", "write `name: value`");
      continue;
    }
    source.show(key);
    const auto [first, is_new] = first_places.emplace(key.text, key.mark);
    if (is_new)
      entries.push_back({&key, &node.items[i + 1]});
    else
      findings.error(key.mark,
                     quoted(key.text) + " is given twice, first in line " +
                         std::to_string(first->second.line + 1),
                     "keep one of the two");
  }
  return entries;
}

std::string quoted(std::string_view text) {
  return "'" + excerpt(text, 100) + "'";
}

}  // namespace cistern::config
