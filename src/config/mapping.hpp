// Entries of a mapping of the file.
#pragma once

#include "config/findings.hpp"
#include "config/yaml_tree.hpp"

#include <vector>

namespace cistern::config {

struct Entry {
  const YamlNode* key;
  const YamlNode* value;
};

/// The entries in the order of the file. Keys that are no texts and keys given before become
/// findings and are left out; the others are shown from now on. `node` must be a mapping and
/// outlive the result.
std::vector<Entry> entries_of(const YamlNode& node, Findings& findings, SourceText& source);

/// `text` between quotes, fit for a message.
std::string quoted(std::string_view text);

}  // namespace cistern::config
