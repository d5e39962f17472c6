// What mapping functions need to look into JSON values.
#pragma once

#include <string>
#include <string_view>

namespace cistern::ecs {

/// Whether the raw JSON value is a string.
bool is_json_string(std::string_view json);

/// The characters of a JSON string; nothing for other values.
std::string text_of_json(std::string_view json);

/// The words of a string, number or boolean; nothing for other values.
std::string scalar_of_json(std::string_view json);

/// The raw value behind a name of an object, or empty.
std::string_view member_of_json(std::string_view object, std::string_view name);

}  // namespace cistern::ecs
