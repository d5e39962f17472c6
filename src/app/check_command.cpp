#include "app/checks.hpp"
#include "app/commands.hpp"
#include "app/setup.hpp"

#include <boost/json.hpp>

namespace cistern::app {
namespace {

using config::Problem;

std::string json_of(const config::Loaded& loaded) {
  boost::json::array problems;
  for (const auto& problem : loaded.problems) {
    problems.push_back(
        {{"severity", problem.severity == Problem::Severity::error ? "error" : "warning"},
         {"file", problem.place.file},
         {"line", problem.place.line},
         {"column", problem.place.column},
         {"what", problem.what},
         {"next_step", problem.next_step}});
  }
  return boost::json::serialize(
      boost::json::object{{"ok", loaded.ok()}, {"problems", std::move(problems)}});
}

}  // namespace

ExitCode check(const CheckCommand& command, const Output& output) {
  const auto registry = make_registry();
  const auto file =
      command.configuration.empty() ? default_configuration_path() : command.configuration;
  auto loaded = load_and_check(file, registry);
  check_files(loaded.configuration, registry, SystemClock{}.now(), loaded.problems);
  if (loaded.ok()) {
    check_store(loaded.configuration, registry, loaded.problems);
    if (auto views = compile_views(loaded.configuration, registry); !views) {
      loaded.problems.push_back({Problem::Severity::error,
                                 {file, 0, 0},
                                 views.error().cause,
                                 views.error().next_step,
                                 {}});
    }
  }
  if (command.json) {
    output.line(json_of(loaded));
  } else {
    if (!loaded.problems.empty())
      output.note(config::render(loaded.problems, output.error_colour()));
    if (loaded.ok()) {
      output.line(output.toned("ok", Tone::good) + "  " + file + ": " +
                  std::to_string(loaded.configuration.connectors.size()) + " connectors, " +
                  std::to_string(loaded.configuration.destinations.size()) + " destinations");
    }
  }
  return loaded.ok() ? ExitCode::ok : ExitCode::findings;
}

}  // namespace cistern::app
