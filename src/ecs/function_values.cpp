#include "ecs/function_values.hpp"

#include "codec/json_scan.hpp"

namespace cistern::ecs {

bool is_json_string(std::string_view json) {
  return json.size() >= 2 && json.front() == '"';
}

std::string text_of_json(std::string_view json) {
  std::string text;
  if (is_json_string(json)) codec::append_unescaped(text, json.substr(1, json.size() - 2));
  return text;
}

std::string scalar_of_json(std::string_view json) {
  if (json.empty() || json == "null" || json.front() == '{' || json.front() == '[') return {};
  return json.front() == '"' ? text_of_json(json) : std::string(json);
}

std::string_view member_of_json(std::string_view object, std::string_view name) {
  for (codec::JsonMembers members(object); members.next();) {
    if (members.key() == name) return members.value();
  }
  return {};
}

}  // namespace cistern::ecs
