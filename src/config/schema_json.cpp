#include "config/loader.hpp"
#include "config/secrets.hpp"
#include "config/units.hpp"

#include <string>

#include <boost/json.hpp>

namespace cistern::config {
namespace {

namespace json = boost::json;

constexpr std::string_view kNamePattern = "^[a-z0-9][a-z0-9_-]{0,62}$";
// Parts in this order, each at most once and at least one; or nothing but a zero.
constexpr std::string_view kDurationPattern =
    "^(0|(?=[0-9])([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?)$";
constexpr std::string_view kSizePattern = "^[0-9]+(B|[KMGT]i?B|kB)?$";

json::string text_of(std::string_view text) {
  return json::string{text.data(), text.size()};
}

json::array texts_of(std::span<const std::string_view> texts) {
  json::array out;
  for (const std::string_view text : texts)
    out.push_back(text_of(text));
  return out;
}

/// A YAML value without quotes may look like a number to an editor (an identifier of digits only).
json::object plain_text() {
  return {{"type", json::array{"string", "number"}}};
}

json::object secret_type() {
  json::object providers;
  for (const std::string_view provider : kSecretProviders)
    providers[text_of(provider)] = json::object{{"type", "string"}, {"minLength", 1}};
  const json::object mapping{{"type", "object"},
                             {"properties", providers},
                             {"additionalProperties", false},
                             {"minProperties", 1},
                             {"maxProperties", 1}};
  return {{"anyOf", json::array{json::object{{"type", "string"}, {"minLength", 1}}, mapping}}};
}

json::object list_type(const Option& option) {
  json::object items = plain_text();
  if (!option.choices.empty()) items = {{"enum", texts_of(option.choices)}};
  return {{"type", "array"}, {"items", items}, {"minItems", 1}};
}

json::object integer_type(const Option& option) {
  json::object out{{"type", "integer"}};
  if (option.least) out["minimum"] = *option.least;
  if (option.most) out["maximum"] = *option.most;
  return out;
}

json::object section_of(std::span<const Option> options);

json::object rows_type(const Option& option) {
  return {{"type", "array"}, {"items", section_of(option.columns.all())}, {"minItems", 1}};
}

json::object type_of(const Option& option) {
  switch (option.type) {
    case OptionType::text:
    case OptionType::path:
      return plain_text();
    case OptionType::secret:
      return secret_type();
    case OptionType::integer:
      return integer_type(option);
    case OptionType::boolean:
      return {{"type", "boolean"}};
    case OptionType::duration:
      return {{"anyOf",
               json::array{json::object{{"type", "string"}, {"pattern", text_of(kDurationPattern)}},
                           json::object{{"const", 0}}}}};
    case OptionType::size:
      return {{"anyOf",
               json::array{json::object{{"type", "string"}, {"pattern", text_of(kSizePattern)}},
                           json::object{{"type", "integer"}, {"minimum", 0}}}}};
    case OptionType::choice:
      return {{"enum", texts_of(option.choices)}};
    case OptionType::list:
      return list_type(option);
    case OptionType::map:
      return {{"type", "object"}, {"additionalProperties", plain_text()}};
    case OptionType::rows:
      return rows_type(option);
  }
  return {};
}

json::value fallback_of(const Option& option) {
  if (option.type == OptionType::boolean) return option.fallback == "true";
  if (option.type == OptionType::integer) return std::stoll(std::string{option.fallback});
  if (option.type == OptionType::list) {
    json::array items;
    const Values values = default_values({&option, 1});
    for (const std::string& item : values.list(option.name))
      items.push_back(json::string{item});
    return items;
  }
  return text_of(option.fallback);
}

json::object property_of(const Option& option) {
  json::object out = type_of(option);
  std::string description{option.text};
  const std::string range = range_text(option);
  if (!range.empty()) description += " Allowed: " + range + ".";
  out["description"] = text_of(description);
  if (!option.fallback.empty()) out["default"] = fallback_of(option);
  const bool structured = option.type == OptionType::list || option.type == OptionType::map ||
                          option.type == OptionType::rows;
  if (!option.example.empty() && !structured)
    out["examples"] = json::array{text_of(option.example)};
  return out;
}

void add_options(json::object& properties, json::array& required, std::span<const Option> options) {
  for (const Option& option : options) {
    properties[text_of(option.name)] = property_of(option);
    if (option.required) required.push_back(text_of(option.name));
  }
}

json::object closed_object(json::object properties, json::array required) {
  json::object out{{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) out["required"] = std::move(required);
  out["additionalProperties"] = false;
  return out;
}

json::object section_of(std::span<const Option> options) {
  json::object properties;
  json::array required;
  add_options(properties, required, options);
  return closed_object(std::move(properties), std::move(required));
}

json::object component_of(const ComponentType& type, std::span<const Option> common) {
  json::object properties{{"type", json::object{{"const", text_of(type.name)}}}};
  json::array required{"type"};
  add_options(properties, required, type.options);
  add_options(properties, required, common);
  json::object out = closed_object(std::move(properties), std::move(required));
  out["description"] = text_of(type.summary);
  return out;
}

/// One rule a type, chosen by `type`, so that an editor complains about the option and not about
/// every type there is.
json::object components_of(const std::vector<ComponentType>& types, const std::string& kind) {
  json::array names;
  json::array rules;
  for (const ComponentType& type : types) {
    names.push_back(text_of(type.name));
    const json::object is_type{
        {"properties", json::object{{"type", json::object{{"const", text_of(type.name)}}}}},
        {"required", json::array{"type"}}};
    const std::string target = "#/$defs/" + kind + "_" + std::string{type.name};
    rules.push_back(
        json::object{{"if", is_type}, {"then", json::object{{"$ref", text_of(target)}}}});
  }
  json::object one{{"type", "object"},
                   {"required", json::array{"type"}},
                   {"properties", json::object{{"type", json::object{{"enum", names}}}}}};
  if (!rules.empty()) one["allOf"] = rules;
  return {{"type", json::array{"object", "null"}},
          {"propertyNames", json::object{{"pattern", text_of(kNamePattern)}}},
          {"additionalProperties", one}};
}

bool is_simple(const json::value& value) {
  if (value.is_object()) return value.get_object().empty();
  if (!value.is_array()) return true;
  for (const auto& item : value.get_array())
    if (item.is_structured()) return false;
  return true;
}

/// Indented, so that a change of the schema is a readable difference.
void write_pretty(std::string& out, const json::value& value, const std::string& indent) {
  if (is_simple(value)) {
    out += json::serialize(value);
    return;
  }
  const std::string inner = indent + "  ";
  std::string_view separator = "\n";
  const bool is_object = value.is_object();
  out += is_object ? '{' : '[';
  if (is_object) {
    for (const auto& [key, item] : value.get_object()) {
      out.append(separator).append(inner) += json::serialize(json::string{key}) + ": ";
      write_pretty(out, item, inner);
      separator = ",\n";
    }
  } else {
    for (const auto& item : value.get_array()) {
      out.append(separator).append(inner);
      write_pretty(out, item, inner);
      separator = ",\n";
    }
  }
  out += "\n" + indent + (is_object ? "}" : "]");
}

bool any_required(std::span<const Option> options) {
  for (const Option& option : options)
    if (option.required) return true;
  return false;
}

}  // namespace

std::string json_schema(const Schema& schema) {
  json::object definitions;
  for (const ComponentType& type : schema.connectors)
    definitions[text_of("connector_" + std::string{type.name})] =
        component_of(type, schema.common_connector);
  for (const ComponentType& type : schema.destinations)
    definitions[text_of("destination_" + std::string{type.name})] =
        component_of(type, schema.common_destination);
  json::object connectors = components_of(schema.connectors, "connector");
  connectors["type"] = "object";
  connectors["minProperties"] = 1;
  json::array required;
  if (any_required(schema.store)) required.push_back("store");
  if (any_required(schema.telemetry)) required.push_back("telemetry");
  required.push_back("connectors");
  json::object root{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                    {"title", "cistern configuration"}};
  json::object body =
      closed_object({{"store", section_of(schema.store)},
                     {"telemetry", section_of(schema.telemetry)},
                     {"connectors", std::move(connectors)},
                     {"destinations", components_of(schema.destinations, "destination")}},
                    std::move(required));
  for (auto& [key, value] : body)
    root[key] = std::move(value);
  root["$defs"] = std::move(definitions);
  std::string out;
  write_pretty(out, root, "");
  return out + "\n";
}

}  // namespace cistern::config
