#include "app/commands.hpp"
#include "app/falcon_files.hpp"
#include "app/reload_output.hpp"
#include "app/running.hpp"

namespace cistern::app {

ExitCode reload(const ReloadCommand& command, const Output& output) {
  const auto registry = make_registry();
  // Only the store's path is needed, and mistakes are for the running process to tell.
  const auto file =
      command.configuration.empty() ? default_configuration_path() : command.configuration;
  const auto loaded = load_any_configuration(file, registry.schema());
  if (!loaded.configuration.store.has("path")) {
    output.note(config::render(loaded.problems, output.error_colour()));
    return ExitCode::configuration;
  }
  const auto answer = ask_running(loaded.configuration, {{"command", "reload"}});
  if (!answer) {
    return output.failure(answer.error(), answer.error().code == "control/not-running"
                                              ? ExitCode::not_running
                                              : ExitCode::failed);
  }
  return print_reload(*answer, command.json, output);
}

}  // namespace cistern::app
