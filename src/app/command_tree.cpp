#include "app/command_tree.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>

namespace cistern::app {
namespace {

/// CLI11 writes the choices behind the type: "TEXT:{ecs,raw}".
std::vector<std::string> choices_in(const std::string& type) {
  std::vector<std::string> choices;
  const auto open = type.find(":{");
  const auto close = open == std::string::npos ? open : type.find('}', open);
  if (close == std::string::npos) return choices;
  std::size_t begin = open + 2;
  while (begin < close) {
    const auto end = std::min(type.find(',', begin), close);
    choices.push_back(type.substr(begin, end - begin));
    begin = end + 1;
  }
  return choices;
}

CommandOption describe(const CLI::Option& option) {
  CommandOption out;
  out.positional = option.get_positional();
  if (out.positional) {
    out.names.push_back(option.get_name(true));
  } else {
    for (const auto& name : option.get_snames())
      out.names.push_back("-" + name);
    for (const auto& name : option.get_lnames())
      out.names.push_back("--" + name);
  }
  const bool flag = option.get_items_expected_max() == 0;
  const auto type = option.get_type_name();
  if (!flag) {
    out.value = type.substr(0, type.find(':'));
    out.choices = choices_in(type);
    out.fallback = option.get_default_str();
  }
  out.text = option.get_description();
  out.required = option.get_required();
  out.repeated = option.get_items_expected_max() > 1;
  return out;
}

CommandEntry describe(const CLI::App& app, const std::string& before,
                      const std::string& notes_before) {
  CommandEntry out;
  out.name = before.empty() ? app.get_name() : before + " " + app.get_name();
  out.text = app.get_description();
  const auto notes = app.get_footer();
  if (notes != notes_before) out.notes = notes;
  for (const auto* option : app.get_options())
    out.options.push_back(describe(*option));
  for (const auto* command : app.get_subcommands({}))
    out.commands.push_back(describe(*command, out.name, notes));
  return out;
}

}  // namespace

CommandEntry command_tree(const CLI::App& app) {
  return describe(app, {}, {});
}

}  // namespace cistern::app
