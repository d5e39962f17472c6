#include "app/commands.hpp"
#include "app/falcon_files.hpp"
#include "app/setup.hpp"
#include "app/status_notes.hpp"
#include "runtime/assembly.hpp"
#include "runtime/control/control.hpp"

#include <csignal>
#include <ctime>

#include <boost/json.hpp>

namespace cistern::app {
namespace {

/// A process that runs answers at once; one that hangs should not keep a person waiting.
constexpr std::chrono::seconds kPatience{10};

/// Without a running cistern: what the store holds.
ExitCode stored_status(const config::Configuration& configuration, const StatusCommand& command,
                       const Output& output) {
  const auto store = open_store(configuration, output);
  if (!store) return ExitCode::store;
  const auto health = store->journal->health();
  const auto totals = store->journal->totals();
  auto cursors = store->journal->cursors();
  if (!totals) return output.failure(totals.error(), ExitCode::store);
  if (!cursors) return output.failure(cursors.error(), ExitCode::store);
  std::erase_if(*cursors, [](const auto& one) { return journal::is_deriver_cursor(one.first); });
  if (command.json) {
    boost::json::array streams;
    for (const auto& total : *totals) {
      streams.push_back({{"connector", total.connector},
                         {"stream", total.stream},
                         {"events", total.events},
                         {"duplicates", total.duplicates}});
    }
    boost::json::array places;
    for (const auto& [name, cursor] : *cursors) {
      places.push_back({{"name", name},
                        {"delivered", cursor.delivered},
                        {"backlog", health.last + 1 - std::min(cursor.next, health.last + 1)}});
    }
    output.line(boost::json::serialize(boost::json::object{{"running", false},
                                                           {"last_sequence", health.last},
                                                           {"oldest_sequence", health.oldest},
                                                           {"streams", std::move(streams)},
                                                           {"destinations", std::move(places)}}));
    return ExitCode::not_running;
  }
  output.line("not running; the store holds sequences " + grouped(health.oldest) + " to " +
              grouped(health.last));
  Table streams{{"CONNECTOR", "STREAM", "EVENTS", "NEWEST EVENT"}};
  for (const auto& total : *totals) {
    streams.row({total.connector, total.stream, grouped(total.events),
                 total.newest == TimePoint{} ? "-" : format_time_seconds(total.newest) + "Z"});
  }
  output.print(streams.text(output));
  Table places{{"DESTINATION", "DELIVERED", "BACKLOG"}};
  for (const auto& [name, cursor] : *cursors) {
    places.row({name, grouped(cursor.delivered),
                grouped(health.last + 1 - std::min(cursor.next, health.last + 1))});
  }
  output.print("\n" + places.text(output));
  output.note("next step: start it with `cistern run`");
  return ExitCode::not_running;
}

std::string text_of(const boost::json::object& object, const char* name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string{value->as_string()}
                                                : std::string{"-"};
}

std::string number_of(const boost::json::object& object, const char* name) {
  const auto* value = object.if_contains(name);
  boost::json::error_code error;
  return value == nullptr ? "-" : grouped(value->to_number<std::uint64_t>(error));
}

std::string decimal_of(const boost::json::object& object, const char* name) {
  const auto* value = object.if_contains(name);
  boost::json::error_code error;
  if (value == nullptr) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value->to_number<double>(error));
  return text;
}

std::string seconds_of(const boost::json::object& object, const char* name) {
  const auto* value = object.if_contains(name);
  boost::json::error_code error;
  if (value == nullptr) return "-";
  return format_duration(
      std::chrono::seconds{static_cast<std::int64_t>(value->to_number<double>(error))});
}

void print_running(const boost::json::object& status, const Output& output) {
  Table sources{{"CONNECTOR", "EVENTS", "EVENTS/S", "LAG", "COMPLETE THROUGH", "STATE"}};
  for (const auto& value : status.at("connectors").as_array()) {
    const auto& connector = value.as_object();
    sources.row({text_of(connector, "name"), number_of(connector, "events"),
                 decimal_of(connector, "events_per_second"), seconds_of(connector, "lag_seconds"),
                 text_of(connector, "through"), text_of(connector, "words")});
  }
  Table sinks{{"DESTINATION", "DELIVERED", "EVENTS/S", "BACKLOG", "SET ASIDE", "STATE"}};
  for (const auto& value : status.at("destinations").as_array()) {
    const auto& destination = value.as_object();
    sinks.row({text_of(destination, "name"), number_of(destination, "delivered"),
               decimal_of(destination, "events_per_second"), number_of(destination, "backlog"),
               number_of(destination, "set_aside"), text_of(destination, "words")});
  }
  output.print(sources.text(output) + "\n" + sinks.text(output) + status_notes(status, output));
}

/// Asks the running cistern once; the failure's code is "control/not-running" when there is none.
Status ask(const std::string& socket, const StatusCommand& command, const Output& output) {
  return runtime::ask_control(
      socket, R"({"version":1,"command":"status"})",
      [&](std::string_view line) {
        boost::json::error_code error;
        const auto answer = boost::json::parse(line, error);
        const auto* object = answer.if_object();
        const auto* result = object != nullptr ? object->if_contains("result") : nullptr;
        if (error || result == nullptr || !result->is_object()) {
          output.note("the running cistern answered something else: " +
                      std::string{line.substr(0, 200)});
        } else if (command.json) {
          output.line(boost::json::serialize(*result));
        } else {
          if (command.watch && output.terminal()) output.print("\033[H\033[J");
          print_running(result->as_object(), output);
        }
        return false;
      },
      kPatience);
}

/// Only the store's path is needed. A process that runs must not be hidden by a mistake that
/// somebody is just making in the file.
std::optional<config::Configuration> where_the_store_is(const std::string& path,
                                                        const Registry& registry,
                                                        const Output& output) {
  const auto file = path.empty() ? default_configuration_path() : path;
  auto loaded = load_any_configuration(file, registry.schema());
  if (!loaded.ok()) output.note(config::render(loaded.problems, output.error_colour()));
  if (!loaded.configuration.store.has("path")) return std::nullopt;
  return std::move(loaded.configuration);
}

}  // namespace

ExitCode status(const StatusCommand& command, const Output& output) {
  const auto registry = make_registry();
  const auto configuration = where_the_store_is(command.configuration, registry, output);
  if (!configuration) return ExitCode::configuration;
  const auto socket = runtime::control_socket_path(configuration->store.text("path"));
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  if (command.watch) pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  while (true) {
    if (auto asked = ask(socket, command, output); !asked) {
      if (asked.error().code == "control/not-running")
        return stored_status(*configuration, command, output);
      return output.failure(asked.error(), ExitCode::failed);
    }
    const timespec second{1, 0};
    if (!command.watch || !output.open() || sigtimedwait(&signals, nullptr, &second) >= 0)
      return ExitCode::ok;
  }
}

}  // namespace cistern::app
