// One value of the file against its option.
#pragma once

#include "config/findings.hpp"
#include "config/loader.hpp"
#include "config/yaml_tree.hpp"

namespace cistern::config {

/// What reading a value needs besides the value.
struct ReadContext {
  Findings& findings;
  SourceText& source;
  const SecretSources& secrets;
  std::string folder;      ///< Of the configuration file.
  std::string store = {};  ///< The store's folder; empty where none is named.
};

/// Reads the value of an option; what is wrong goes to the findings. `key` is where the option's
/// name stands.
Values::Value read_value(const Option& option, const YamlNode& key, const YamlNode& node,
                         const ReadContext& context);

/// The value that a table's fallback stands for. A fallback that cannot be read is a bug of the
/// table and throws std::logic_error.
Values::Value read_fallback(const Option& option);

}  // namespace cistern::config
