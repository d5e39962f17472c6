#include "app/commands.hpp"
#include "app/doctor_page.hpp"
#include "app/setup.hpp"
#include "app/text_layout.hpp"
#include "net/io_loop.hpp"

#include <algorithm>
#include <csignal>

#include <boost/json.hpp>

namespace cistern::app {
namespace {

using runtime::ProbeResult;

/// One connector's probes, as far as they came.
struct Findings {
  std::vector<ProbeResult> probes;
  bool interrupted = false;
  [[nodiscard]] bool failed() const {
    return std::any_of(probes.begin(), probes.end(), [](const ProbeResult& probe) {
      return probe.outcome == ProbeResult::Outcome::failed;
    });
  }
};

/// Probes one connector to the end; `probed` hears of each as it comes.
Findings examine(const runtime::ConnectorType& type, const config::Component& component,
                 const std::string& store, const std::function<void(const ProbeResult&)>& probed) {
  const auto loop = net::make_io_loop();
  const SystemClock clock;
  SystemRandom random;
  Findings findings;
  auto probes = type.doctor(component.values, {.loop = *loop,
                                               .clock = clock,
                                               .random = random,
                                               .probed =
                                                   [&](const ProbeResult& probe) {
                                                     findings.probes.push_back(probe);
                                                     probed(probe);
                                                   },
                                               .finished = [&] { loop->stop(); },
                                               .store = store});
  loop->on_signals({SIGINT, SIGTERM}, [&](int) {
    findings.interrupted = true;
    loop->stop();
  });
  loop->run();
  return findings;
}

/// Prints probes as they come; those that are skipped for one reason are held until the next.
class Printer {
 public:
  explicit Printer(const Output& output) : output_(output), width_(page_width()) {}
  void print(const ProbeResult& probe) {
    const bool skipped = probe.outcome == ProbeResult::Outcome::skipped;
    const bool joins =
        skipped && !held_.empty() && held_.front().skipped_because == probe.skipped_because;
    if (!joins) flush();
    if (skipped) {
      held_.push_back(probe);
    } else {
      output_.line(probe_text(probe, output_, width_));
    }
  }
  void flush() {
    if (!held_.empty()) output_.line(skipped_text(held_, output_, width_));
    held_.clear();
  }

 private:
  const Output& output_;
  std::size_t width_;
  std::vector<ProbeResult> held_;
};

boost::json::object json_of(const config::Component& component, const Findings& findings) {
  boost::json::array probes;
  for (const ProbeResult& probe : findings.probes)
    probes.push_back(probe_json(probe));
  return {{"connector", component.name},
          {"type", component.type},
          {"ok", !findings.failed() && !findings.interrupted},
          {"probes", std::move(probes)}};
}

bool is_wanted(const DoctorCommand& command, const std::string& name) {
  const auto& wanted = command.connectors;
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end();
}

std::optional<Failure> unknown_name(const DoctorCommand& command,
                                    const config::Configuration& configuration) {
  for (const auto& name : command.connectors) {
    const auto is_it = [&](const auto& component) { return component.name == name; };
    if (std::any_of(configuration.connectors.begin(), configuration.connectors.end(), is_it))
      continue;
    return Failure{.code = "cistern/unknown-connector",
                   .cause = "the configuration has no connector '" + name + "'",
                   .consequence = {},
                   .next_step = "name one of the configuration's connectors, or none for all"};
  }
  return std::nullopt;
}

}  // namespace

ExitCode doctor(const DoctorCommand& command, const Output& output) {
  const auto registry = make_registry();
  const auto configuration = load_configuration(command.configuration, registry, output);
  if (!configuration) return ExitCode::configuration;
  if (const auto unknown = unknown_name(command, *configuration))
    return output.failure(*unknown, ExitCode::usage);
  Printer printer(output);
  bool failed = false;
  bool interrupted = false;
  boost::json::array all;
  for (const auto& component : configuration->connectors) {
    if (interrupted || !is_wanted(command, component.name)) continue;
    if (!command.json)
      output.line(output.toned(component.name, Tone::bold) + " (" + component.type + ")");
    const Findings findings =
        examine(*registry.connector(component.type), component, configuration->store.text("path"),
                [&](const ProbeResult& probe) {
                  if (!command.json) printer.print(probe);
                });
    failed = failed || findings.failed();
    interrupted = findings.interrupted;
    if (command.json) {
      all.push_back(json_of(component, findings));
    } else {
      printer.flush();
      output.line("  " + probes_summary(findings.probes) + "\n");
    }
  }
  if (command.json) {
    output.line(boost::json::serialize(
        boost::json::object{{"ok", !failed && !interrupted}, {"connectors", std::move(all)}}));
  }
  if (interrupted) {
    output.note("interrupted; the probes that follow were not asked");
    return ExitCode::failed;
  }
  return failed ? ExitCode::findings : ExitCode::ok;
}

}  // namespace cistern::app
