#include "app/commands.hpp"
#include "app/setup.hpp"
#include "net/io_loop.hpp"

#include <algorithm>
#include <csignal>

#include <boost/json.hpp>

namespace cistern::app {
namespace {

using Outcome = runtime::ProbeResult::Outcome;

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::passed:
      return "ok";
    case Outcome::failed:
      return "failed";
    case Outcome::warning:
      return "warning";
    case Outcome::skipped:
      return "skipped";
  }
  return "?";
}

Tone tone_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::passed:
      return Tone::good;
    case Outcome::failed:
      return Tone::bad;
    case Outcome::warning:
      return Tone::warn;
    case Outcome::skipped:
      return Tone::dim;
  }
  return Tone::plain;
}

void print_probe(const runtime::ProbeResult& probe, const Output& output) {
  auto mark = std::string{name_of(probe.outcome)};
  mark.resize(9, ' ');
  output.line("  " + output.toned(mark, tone_of(probe.outcome)) + probe.name +
              (probe.seen.empty() ? "" : ": " + probe.seen));
  if (!probe.meaning.empty()) output.line("           meaning:   " + probe.meaning);
  if (!probe.next_step.empty()) output.line("           next step: " + probe.next_step);
}

boost::json::object json_of(const runtime::ProbeResult& probe) {
  return {{"name", probe.name},
          {"outcome", name_of(probe.outcome)},
          {"seen", probe.seen},
          {"meaning", probe.meaning},
          {"next_step", probe.next_step},
          {"took_ms", std::chrono::duration_cast<std::chrono::milliseconds>(probe.took).count()}};
}

/// Probes one connector to the end; returns whether any probe failed.
bool examine(const runtime::ConnectorType& type, const config::Component& component,
             const std::function<void(const runtime::ProbeResult&)>& probed) {
  const auto loop = net::make_io_loop();
  const SystemClock clock;
  SystemRandom random;
  bool failed = false;
  auto probes = type.doctor(component.values, {.loop = *loop,
                                               .clock = clock,
                                               .random = random,
                                               .probed =
                                                   [&](const runtime::ProbeResult& probe) {
                                                     failed =
                                                         failed || probe.outcome == Outcome::failed;
                                                     probed(probe);
                                                   },
                                               .finished = [&] { loop->stop(); }});
  loop->on_signals({SIGINT, SIGTERM}, [&](int) { loop->stop(); });
  loop->run();
  return failed;
}

}  // namespace

ExitCode doctor(const DoctorCommand& command, const Output& output) {
  const auto registry = make_registry();
  const auto configuration = load_configuration(command.configuration, registry, output);
  if (!configuration) return ExitCode::configuration;
  for (const auto& name : command.connectors) {
    if (std::none_of(configuration->connectors.begin(), configuration->connectors.end(),
                     [&](const auto& component) { return component.name == name; })) {
      return output.failure(
          {.code = "cistern/unknown-connector",
           .cause = "the configuration has no connector '" + name + "'",
           .consequence = {},
           .next_step = "name one of the configuration's connectors, or none for all"},
          ExitCode::usage);
    }
  }
  bool failed = false;
  boost::json::array all;
  for (const auto& component : configuration->connectors) {
    const bool wanted =
        command.connectors.empty() ||
        std::count(command.connectors.begin(), command.connectors.end(), component.name) > 0;
    if (!wanted) continue;
    if (!command.json)
      output.line(output.toned(component.name, Tone::bold) + " (" + component.type + ")");
    boost::json::array probes;
    const bool bad = examine(*registry.connector(component.type), component,
                             [&](const runtime::ProbeResult& probe) {
                               if (command.json) {
                                 probes.push_back(json_of(probe));
                               } else {
                                 print_probe(probe, output);
                               }
                             });
    failed = failed || bad;
    if (command.json)
      all.push_back({{"connector", component.name},
                     {"type", component.type},
                     {"ok", !bad},
                     {"probes", std::move(probes)}});
  }
  if (command.json)
    output.line(boost::json::serialize(
        boost::json::object{{"ok", !failed}, {"connectors", std::move(all)}}));
  return failed ? ExitCode::findings : ExitCode::ok;
}

}  // namespace cistern::app
