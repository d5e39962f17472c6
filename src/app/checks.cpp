#include "app/checks.hpp"

#include "app/falcon_files.hpp"
#include "destinations/format/format.hpp"
#include "runtime/delivery/delivery_start.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

namespace cistern::app {
namespace {

using config::Component;
using config::Problem;

void check_paths(const config::Configuration& configuration, std::vector<Problem>& problems) {
  std::set<std::string> paths;
  for (const auto& destination : configuration.destinations) {
    // Not every kind of destination has a path.
    if (!destination.values.values.contains("path")) continue;
    const auto& path = destination.values.text("path");
    if (path == "-" || paths.insert(path).second) continue;
    problems.push_back({Problem::Severity::error,
                        destination.values.place("path"),
                        "destination '" + destination.name + "' writes to " + path +
                            ", as another destination does",
                        "give each destination a file of its own",
                        {}});
  }
}

void check_starts(const config::Configuration& configuration, std::vector<Problem>& problems) {
  for (const auto& destination : configuration.destinations) {
    const auto& start = destination.values.text("start");
    if (runtime::is_start(start)) continue;
    problems.push_back({Problem::Severity::error,
                        destination.values.place("start"),
                        "'" + start + "' is not a place where a destination can begin",
                        "write now, oldest, or a duration back from now such as 24h",
                        {}});
  }
}

void check_formats(const config::Configuration& configuration, std::vector<Problem>& problems) {
  for (const auto& destination : configuration.destinations)
    destinations::check_format_options(destination.values, problems);
}

/// Records are known by what the vendor calls them, so the second reader's would all be dropped as
/// repeated: it costs requests and brings nothing.
void check_readers(const config::Configuration& configuration, const Registry& registry,
                   std::vector<Problem>& problems) {
  std::map<std::string, const Component*> readers;
  for (const auto& connector : configuration.connectors) {
    const auto* type = registry.connector(connector.type);
    if (type == nullptr || !type->reads || !connector.values.boolean("enabled")) continue;
    for (const auto& what : type->reads(connector.values)) {
      const auto [known, fresh] = readers.emplace(what, &connector);
      if (fresh) continue;
      problems.push_back({Problem::Severity::warning,
                          connector.values.component_place,
                          "connectors '" + known->second->name + "' and '" + connector.name +
                              "' read the same (" + what +
                              "); each event is stored once, under "
                              "the one that is first",
                          "remove one of them, or give each other content types",
                          {}});
      break;
    }
  }
}

/// Whether a mistake was found in the part of the file where the component stands: then its values
/// are not all what the user meant, and nothing that follows from them helps.
bool has_error(const Component& component, const config::Configuration& configuration,
               const std::vector<Problem>& problems) {
  const int from = component.values.component_place.line;
  int to = std::numeric_limits<int>::max();
  for (const auto* part : {&configuration.connectors, &configuration.destinations}) {
    for (const auto& other : *part) {
      const int line = other.values.component_place.line;
      if (line > from) to = std::min(to, line);
    }
  }
  return std::any_of(problems.begin(), problems.end(), [&](const Problem& problem) {
    return problem.severity == Problem::Severity::error && problem.place.line >= from &&
           problem.place.line < to;
  });
}

}  // namespace

config::Loaded load_and_check(const std::string& file, const Registry& registry) {
  auto loaded = load_any_configuration(file, registry.schema());
  check_paths(loaded.configuration, loaded.problems);
  check_starts(loaded.configuration, loaded.problems);
  check_formats(loaded.configuration, loaded.problems);
  check_readers(loaded.configuration, registry, loaded.problems);
  return loaded;
}

void check_files(const config::Configuration& configuration, const Registry& registry,
                 TimePoint now, std::vector<Problem>& problems) {
  const auto found = problems;
  for (const auto& connector : configuration.connectors) {
    const auto* type = registry.connector(connector.type);
    if (type == nullptr || !type->verify) continue;
    if (has_error(connector, configuration, found)) continue;
    const auto sound = type->verify(connector.values, now);
    if (sound) continue;
    problems.push_back({Problem::Severity::error,
                        connector.values.component_place,
                        "connector '" + connector.name + "': " + sound.error().cause,
                        sound.error().next_step,
                        {}});
  }
  for (const auto& destination : configuration.destinations) {
    const auto* type = registry.destination(destination.type);
    if (type == nullptr || !type->verify) continue;
    if (has_error(destination, configuration, found)) continue;
    const auto sound = type->verify(destination.values, now);
    if (sound) continue;
    problems.push_back({Problem::Severity::error,
                        destination.values.component_place,
                        "destination '" + destination.name + "': " + sound.error().cause,
                        sound.error().next_step,
                        {}});
  }
}

}  // namespace cistern::app
