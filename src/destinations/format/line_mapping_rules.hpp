// The rules inside a mapping file, from YAML to FieldRule.
#pragma once

#include "config/yaml_tree.hpp"
#include "destinations/format/document_fields.hpp"
#include "destinations/format/field_rules.hpp"
#include "ecs/mapping.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cistern::destinations {

/// Reads rules and gathers all mistakes with their lines.
class RuleFileReader {
 public:
  /// Paths are declared in `fields`.
  RuleFileReader(std::string file, DocumentFields& fields)
      : file_(std::move(file)), fields_(fields) {}

  /// One rule, a path, or a list of both.
  FieldRules list(const config::YamlNode& node, ValueForm form);
  /// One rule, a map; `form` counts where it names none.
  FieldRule one(const config::YamlNode& node, ValueForm form);
  /// The value behind a name of a map, or null.
  static const config::YamlNode* member(const config::YamlNode& map, std::string_view name);

  void mistake(const config::YamlNode& node, std::string what);
  /// Reports a name that is none of `known`, with the nearest one that is.
  void unknown(const config::YamlNode& name, const std::vector<std::string>& known);
  void unknown(const config::YamlNode& name, std::initializer_list<std::string_view> known);
  [[nodiscard]] const ecs::Mistakes& mistakes() const { return mistakes_; }

 private:
  void read_member(const config::YamlNode& name, const config::YamlNode& value, FieldRule& rule);
  void read_form(const config::YamlNode& node, FieldRule& rule);
  void read_table(const config::YamlNode& node, FieldRule& rule);
  void read_bands(const config::YamlNode& node, FieldRule& rule);
  void read_when(const config::YamlNode& node, FieldRule& rule);
  std::vector<std::string> texts(const config::YamlNode& node);
  std::size_t field(const config::YamlNode& node, const std::string& path);

  std::string file_;
  DocumentFields& fields_;
  ecs::Mistakes mistakes_;
};

}  // namespace cistern::destinations
