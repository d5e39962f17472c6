// What the files of the command line have in common.
#pragma once

#include "app/exit_code.hpp"
#include "app/output.hpp"
#include "config/options.hpp"

#include <functional>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

namespace cistern::app {

/// Collects the command that the user chose, to be run after parsing.
struct Chosen {
  std::function<ExitCode(const Output&)> command;
};

template <class Options>
std::shared_ptr<Options> choose(CLI::App* app, Chosen& chosen,
                                ExitCode (*function)(const Options&, const Output&)) {
  auto options = std::make_shared<Options>();
  app->callback([options, function, &chosen] {
    chosen.command = [options, function](const Output& output) {
      return function(*options, output);
    };
  });
  return options;
}

inline void add_configuration(CLI::App* app, std::string& target) {
  app->add_option("-c,--config", target,
                  "Configuration file; without it $CISTERN_CONFIG, ./cistern.yaml, "
                  "/etc/cistern/cistern.yaml.")
      ->type_name("FILE");
}

inline void add_json(CLI::App* app, bool& target) {
  app->add_flag("--json", target, "Print JSON for programs instead of text for people.");
}

inline CLI::Option* add_duration(CLI::App* app, const std::string& name, const std::string& text,
                                 std::function<void(Duration)> set) {
  return app
      ->add_option_function<std::string>(
          name,
          [set = std::move(set), name](const std::string& value) {
            const auto parsed = config::parse_duration(value);
            if (!parsed)
              throw CLI::ValidationError(
                  name, "'" + value + "' is no duration; write 30s, 5m, 12h or 7d");
            set(*parsed);
          },
          text)
      ->type_name("DURATION");
}

/// lab (command_line_lab.cpp).
void add_lab_commands(CLI::App& root, Chosen& chosen);
/// lab, service, docs (command_line_tools.cpp).
void add_tool_commands(CLI::App& root, Chosen& chosen);
/// import (command_line_import.cpp).
void add_import_commands(CLI::App& root, Chosen& chosen);
/// reload, connector, destination, quarantine (command_line_changes.cpp).
void add_change_commands(CLI::App& root, Chosen& chosen);
/// secret (command_line_secret.cpp).
void add_secret_commands(CLI::App& root, Chosen& chosen);

}  // namespace cistern::app
