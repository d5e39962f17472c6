#include "app/commands.hpp"
#include "app/setup.hpp"

#include <boost/json.hpp>
#include <yaml-cpp/yaml.h>

namespace cistern::app {
namespace {

/// Replaces {{option}} by the user's value, or by <option> where there is none. Secrets have no
/// text value and stay a placeholder.
std::string filled(std::string_view text, const config::Values* values) {
  std::string out;
  while (true) {
    const auto begin = text.find("{{");
    const auto end = begin == std::string_view::npos ? begin : text.find("}}", begin);
    if (end == std::string_view::npos) return out += text;
    const auto name = text.substr(begin + 2, end - begin - 2);
    out += text.substr(0, begin);
    const auto value =
        values != nullptr ? values->values.find(name) : decltype(values->values.find(name)){};
    const bool known =
        values != nullptr && value != values->values.end() && !value->second.text.empty();
    out += known ? value->second.text : "<" + std::string{name} + ">";
    text.remove_prefix(end + 2);
  }
}

std::string text_of(const YAML::Node& node, const char* key, const config::Values* values) {
  return node[key] ? filled(node[key].as<std::string>(), values) : std::string{};
}

void print_step(const YAML::Node& step, std::size_t number, const config::Values* values,
                const Output& output) {
  output.line(
      output.toned(std::to_string(number) + ". " + text_of(step, "title", values), Tone::bold));
  for (const auto& [key, label] : {std::pair{"where", "where"},
                                   {"do", "do"},
                                   {"why", "why"},
                                   {"paste", "paste"},
                                   {"check", "check"}}) {
    if (!step[key]) continue;
    if (!step[key].IsSequence()) {
      output.line("   " + output.toned(std::string{label} + ":", Tone::dim) + " " +
                  text_of(step, key, values));
      continue;
    }
    output.line("   " + output.toned(std::string{label} + ":", Tone::dim));
    for (const auto& item : step[key])
      output.line("     - " + filled(item.as<std::string>(), values));
  }
  output.line("");
}

boost::json::value json_of(const YAML::Node& node, const config::Values* values) {
  if (node.IsSequence()) {
    boost::json::array items;
    for (const auto& item : node)
      items.push_back(json_of(item, values));
    return items;
  }
  if (node.IsMap()) {
    boost::json::object object;
    for (const auto& entry : node)
      object[entry.first.as<std::string>()] = json_of(entry.second, values);
    return object;
  }
  return boost::json::value(filled(node.as<std::string>(""), values));
}

ExitCode list_types(const Registry& registry, const Output& output) {
  Table table{{"TYPE", "WHAT IT COLLECTS"}};
  for (const auto& type : registry.connectors)
    table.row({std::string{type.name}, std::string{type.summary}});
  output.print(table.text(output));
  output.line("\nNext: cistern guide TYPE");
  return ExitCode::ok;
}

const config::Values* values_of(const config::Configuration& configuration,
                                const GuideCommand& command) {
  for (const auto& component : configuration.connectors) {
    if (component.type == command.type &&
        (command.connector.empty() || component.name == command.connector)) {
      return &component.values;
    }
  }
  return nullptr;
}

}  // namespace

ExitCode guide(const GuideCommand& command, const Output& output) {
  const auto registry = make_registry();
  if (command.type.empty()) return list_types(registry, output);
  const auto* type = registry.connector(command.type);
  if (type == nullptr) {
    return output.failure({.code = "cistern/unknown-type",
                           .cause = "there is no kind of connector '" + command.type + "'",
                           .consequence = {},
                           .next_step = "run `cistern guide` for the list"},
                          ExitCode::usage);
  }
  std::optional<config::Configuration> configuration;
  const config::Values* values = nullptr;
  if (!command.configuration.empty() || !command.connector.empty()) {
    configuration = load_configuration(command.configuration, registry, output);
    if (!configuration) return ExitCode::configuration;
    values = values_of(*configuration, command);
    if (values == nullptr) {
      return output.failure(
          {.code = "cistern/unknown-connector",
           .cause = "the configuration has no such connector of type " + command.type,
           .consequence = {},
           .next_step = "leave --connector out, or name one of the configuration's"},
          ExitCode::usage);
    }
  }
  for (const auto& file : type->files) {
    if (file.path != "guide.yaml") continue;
    const auto page = YAML::Load(std::string{file.text});
    if (command.json) {
      output.line(boost::json::serialize(json_of(page, values)));
      return ExitCode::ok;
    }
    output.line(output.toned(text_of(page, "title", values), Tone::bold) + "\n");
    if (page["introduction"]) output.line(text_of(page, "introduction", values) + "\n");
    std::size_t number = 0;
    for (const auto& step : page["steps"])
      print_step(step, ++number, values, output);
    if (page["afterwards"]) output.line(text_of(page, "afterwards", values));
    return ExitCode::ok;
  }
  throw std::logic_error("connector type without guide.yaml");
}

}  // namespace cistern::app
