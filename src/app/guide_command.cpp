#include "app/commands.hpp"
#include "app/setup.hpp"

#include <map>

#include <boost/json.hpp>
#include <yaml-cpp/yaml.h>

namespace cistern::app {
namespace {

/// What may stand in {{ }}: the user's options, and facts that the kind of connector knows.
struct Words {
  const config::Values* values = nullptr;
  std::map<std::string, std::string> facts{};

  /// Empty where there is none. Secrets have no text value and stay a placeholder.
  [[nodiscard]] std::string of(const std::string& name) const {
    if (const auto fact = facts.find(name); fact != facts.end()) return fact->second;
    if (values == nullptr) return {};
    const auto value = values->values.find(name);
    return value == values->values.end() ? std::string{} : value->second.text;
  }
};

/// Replaces {{name}} by its word, or by <name> where there is none.
std::string filled(std::string_view text, const Words& words) {
  std::string out;
  while (true) {
    const auto begin = text.find("{{");
    const auto end = begin == std::string_view::npos ? begin : text.find("}}", begin);
    if (end == std::string_view::npos) return out += text;
    const std::string name{text.substr(begin + 2, end - begin - 2)};
    out += text.substr(0, begin);
    const std::string word = words.of(name);
    out += word.empty() ? "<" + name + ">" : word;
    text.remove_prefix(end + 2);
  }
}

std::string text_of(const YAML::Node& node, const char* key, const Words& words) {
  return node[key] ? filled(node[key].as<std::string>(), words) : std::string{};
}

void print_step(const YAML::Node& step, std::size_t number, const Words& words,
                const Output& output) {
  output.line(
      output.toned(std::to_string(number) + ". " + text_of(step, "title", words), Tone::bold));
  for (const auto& [key, label] : {std::pair{"where", "where"},
                                   {"do", "do"},
                                   {"why", "why"},
                                   {"paste", "paste"},
                                   {"check", "check"}}) {
    if (!step[key]) continue;
    if (!step[key].IsSequence()) {
      output.line("   " + output.toned(std::string{label} + ":", Tone::dim) + " " +
                  text_of(step, key, words));
      continue;
    }
    output.line("   " + output.toned(std::string{label} + ":", Tone::dim));
    for (const auto& item : step[key])
      output.line("     - " + filled(item.as<std::string>(), words));
  }
  output.line("");
}

boost::json::value json_of(const YAML::Node& node, const Words& words) {
  if (node.IsSequence()) {
    boost::json::array items;
    for (const auto& item : node)
      items.push_back(json_of(item, words));
    return items;
  }
  if (node.IsMap()) {
    boost::json::object object;
    for (const auto& entry : node)
      object[entry.first.as<std::string>()] = json_of(entry.second, words);
    return object;
  }
  return boost::json::value(filled(node.as<std::string>(""), words));
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
  Words words;
  if (!command.configuration.empty() || !command.connector.empty()) {
    configuration = load_configuration(command.configuration, registry, output);
    if (!configuration) return ExitCode::configuration;
    words.values = values_of(*configuration, command);
    if (words.values == nullptr) {
      return output.failure(
          {.code = "cistern/unknown-connector",
           .cause = "the configuration has no such connector of type " + command.type,
           .consequence = {},
           .next_step = "leave --connector out, or name one of the configuration's"},
          ExitCode::usage);
    }
    if (type->guide_facts) {
      words.facts = type->guide_facts(*words.values, configuration->store.text("path"));
    }
  }
  for (const auto& file : type->files) {
    if (file.path != "guide.yaml") continue;
    const auto page = YAML::Load(std::string{file.text});
    if (command.json) {
      output.line(boost::json::serialize(json_of(page, words)));
      return ExitCode::ok;
    }
    output.line(output.toned(text_of(page, "title", words), Tone::bold) + "\n");
    if (page["introduction"]) output.line(text_of(page, "introduction", words) + "\n");
    std::size_t number = 0;
    for (const auto& step : page["steps"])
      print_step(step, ++number, words, output);
    if (page["afterwards"]) output.line(text_of(page, "afterwards", words));
    return ExitCode::ok;
  }
  throw std::logic_error("connector type without guide.yaml");
}

}  // namespace cistern::app
