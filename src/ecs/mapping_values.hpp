// YAML values as the mapping reader needs them: with their place, and without surprises of YAML's
// own typing.
#pragma once

#include "ecs/mapping.hpp"

#include <string>
#include <vector>

namespace YAML {
class Node;
}

namespace cistern::ecs {

Place place_of(const std::string& file, const YAML::Node& node);

/// A scalar as JSON: numbers, true, false as they are when written plain, otherwise a string.
std::string json_of_scalar(const YAML::Node& node);

/// A scalar, or a list of scalars.
std::vector<std::string> texts_of(const std::string& file, const YAML::Node& node,
                                  Mistakes& mistakes);
std::string text_of(const std::string& file, const YAML::Node& node, Mistakes& mistakes);
bool flag_of(const std::string& file, const YAML::Node& node, Mistakes& mistakes);

/// A scalar or list of scalars to be set at `target`.
Assignment assignment_of(const std::string& file, std::string target, const YAML::Node& node,
                         Mistakes& mistakes);

/// Reports keys of a map that are not among `allowed`, with the nearest one that is.
void check_keys(const std::string& file, const YAML::Node& map,
                const std::vector<std::string>& allowed, Mistakes& mistakes);

TableText table_of(const std::string& file, const YAML::Node& node, Mistakes& mistakes);
ConditionText condition_of(const std::string& file, const YAML::Node& node, Mistakes& mistakes);

}  // namespace cistern::ecs
