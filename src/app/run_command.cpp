#include "app/checks.hpp"
#include "app/commands.hpp"
#include "app/falcon_files.hpp"
#include "app/setup.hpp"
#include "app/status_table.hpp"
#include "base/thread_memory.hpp"
#include "destinations/format/format.hpp"
#include "runtime/assembly.hpp"

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <thread>

#include <boost/json.hpp>
#include <fcntl.h>
#include <unistd.h>

namespace cistern::app {
namespace {

/// Sends standard error to a file while the live table owns the terminal.
class LogToFile {
 public:
  explicit LogToFile(const std::string& path) {
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) return;
    saved_ = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    dup2(file, STDERR_FILENO);
    close(file);
  }
  ~LogToFile() {
    if (saved_ < 0) return;
    dup2(saved_, STDERR_FILENO);
    close(saved_);
  }
  LogToFile(const LogToFile&) = delete;
  LogToFile& operator=(const LogToFile&) = delete;

 private:
  int saved_ = -1;
};

/// Draws the table each second (each fifth where nobody can watch it move) on a thread of its own,
/// so that a terminal that stands still delays no connector.
class LiveTable {
 public:
  LiveTable(const runtime::Application& application, const Clock& clock, const Output& output)
      : application_(application), clock_(clock), output_(output), thread_([this] { work(); }) {}
  ~LiveTable() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }
  LiveTable(const LiveTable&) = delete;
  LiveTable& operator=(const LiveTable&) = delete;

 private:
  void work() {
    const auto pause = output_.terminal() ? std::chrono::seconds{1} : std::chrono::seconds{5};
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, pause, [this] { return done_; }))
      draw();
    draw();
  }

  void draw() {
    const auto now = clock_.now();
    const auto table = status_table(application_.status().connectors(),
                                    application_.status().destinations(), now, output_);
    // Home, then clear to the end: no flicker, and nothing of a longer table stays behind.
    output_.print(output_.terminal() ? "\033[H\033[J" + format_time_seconds(now) + "Z\n\n" + table
                                     : format_time_seconds(now) + "Z\n" + table + "\n");
  }

  const runtime::Application& application_;
  const Clock& clock_;
  const Output& output_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::thread thread_;
};

/// Whether every stream that still can be read is complete up to the moment.
bool complete_through(const runtime::StatusBoard& status, TimePoint moment) {
  const auto connectors = status.connectors();
  return std::all_of(connectors.begin(), connectors.end(), [&](const auto& connector) {
    return std::all_of(connector.streams.begin(), connector.streams.end(), [&](const auto& stream) {
      return stream.state == runtime::State::stopped || stream.state == runtime::State::refused ||
             stream.state == runtime::State::denied || stream.through >= moment;
    });
  });
}

/// Decides when the run ends: on a signal or after --for, and with --complete-within not before
/// what was readable at that moment is stored. Lives on the loop.
class Ending {
 public:
  Ending(runtime::Application& application, const Clock& clock, const RunCommand& command)
      : application_(application), clock_(clock), command_(command) {
    application_.loop().on_signals(
        {SIGINT, SIGTERM}, [this](int signal) { begin(signal == SIGINT ? "SIGINT" : "SIGTERM"); });
    application_.loop().post([this] {
      if (command_.duration)
        application_.loop().call_after(*command_.duration,
                                       [this] { begin("the time given is over"); });
    });
  }

  [[nodiscard]] TimePoint moment() const { return moment_; }

 private:
  void begin(const std::string& reason) {
    if (moment_ != TimePoint{} || !command_.complete_within) {
      if (moment_ == TimePoint{}) moment_ = clock_.now();
      application_.stop(reason);
      return;
    }
    moment_ = clock_.now();
    deadline_ = clock_.steady() + *command_.complete_within;
    wait(reason);
  }

  void wait(const std::string& reason) {
    if (complete_through(application_.status(), moment_) || clock_.steady() >= deadline_) {
      application_.stop(reason);
      return;
    }
    application_.loop().call_after(std::chrono::milliseconds{200},
                                   [this, reason] { wait(reason); });
  }

  runtime::Application& application_;
  const Clock& clock_;
  const RunCommand& command_;
  TimePoint moment_{};
  Duration deadline_{0};
};

std::string report_json(const runtime::ExitReport& report, TimePoint stopped_at) {
  boost::json::array connectors;
  for (const auto& connector : report.connectors) {
    connectors.push_back({{"name", connector.name},
                          {"state", runtime::to_string(connector.state)},
                          {"words", connector.words},
                          {"events", connector.events},
                          {"duplicates", connector.duplicates}});
  }
  boost::json::array destinations;
  for (const auto& destination : report.destinations) {
    destinations.push_back({{"name", destination.name},
                            {"state", runtime::to_string(destination.state)},
                            {"words", destination.words},
                            {"delivered", destination.delivered},
                            {"backlog", destination.backlog}});
  }
  boost::json::array left;
  for (const auto& words : report.left_behind)
    left.push_back(boost::json::value(words));
  return boost::json::serialize(boost::json::object{{"stopped_at", format_time(stopped_at)},
                                                    {"reason", report.reason},
                                                    {"clean", report.clean},
                                                    {"left_behind", std::move(left)},
                                                    {"last_sequence", report.store.last},
                                                    {"connectors", std::move(connectors)},
                                                    {"destinations", std::move(destinations)}});
}

Status write_report(const std::string& path, const std::string& text) {
  const auto files = make_system_files();
  auto file = files->open(path, OpenMode::create_or_open);
  if (!file) return fail(file.error());
  if (auto cut = (*file)->truncate(0); !cut) return cut;
  return (*file)->write_at(0, text + "\n");
}

std::unique_ptr<Log> make_log(const config::Values& telemetry, const Output& output) {
  const auto& format = telemetry.text("log_format");
  const auto& level = telemetry.text("log_level");
  const bool json = format == "json" || (format == "auto" && isatty(STDERR_FILENO) != 1);
  const auto least = level == "debug"     ? LogLevel::debug
                     : level == "warning" ? LogLevel::warning
                     : level == "error"   ? LogLevel::error
                                          : LogLevel::info;
  return make_stderr_log(json ? LogFormat::json : LogFormat::human, least, output.error_colour());
}

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>{value};
}

void print_end(const runtime::ExitReport& report, const Output& output) {
  output.line("ended: " + report.reason);
  for (const auto& words : report.left_behind)
    output.line(output.toned("left behind", Tone::warn) + "  " + words);
}

}  // namespace

ExitCode run(const RunCommand& command, const Output& output) {
  share_one_heap();
  const auto registry = make_registry();
  const bool falcon = !command.falcon_configuration.empty();
  if (falcon && !is_falcon_path(command.falcon_configuration)) {
    return output.failure({.code = "import/not-falcon",
                           .cause = command.falcon_configuration +
                                    " is no configuration of the Falcon SIEM Connector",
                           .consequence = {},
                           .next_step = "name its cs.falconhoseclient.cfg; a cistern.yaml is given "
                                        "with -c"},
                          ExitCode::configuration);
  }
  const auto configuration = load_configuration(
      falcon ? command.falcon_configuration : command.configuration, registry, output);
  if (!configuration) return ExitCode::configuration;
  ViewCache cache;
  const auto views = compile_views(*configuration, registry, cache);
  if (!views) return output.failure(views.error(), ExitCode::configuration);

  const auto files = make_system_files();
  const auto& store = configuration->store.text("path");
  if (auto made = files->make_directory(store); !made)
    return output.failure(made.error(), ExitCode::store);
  std::unique_ptr<LogToFile> redirected;
  if (command.live) redirected = std::make_unique<LogToFile>(store + ".log");
  const SystemClock clock;
  SystemRandom random;
  const auto log = make_log(configuration->telemetry, output);

  auto application = runtime::make_application(
      *configuration,
      {.connector_types = registry.connectors,
       .destination_types = registry.destinations,
       .make_format =
           [](const config::Values& values, std::shared_ptr<const runtime::Views> all) {
             return destinations::make_format(values, std::move(all));
           },
       .views = *views,
       .files = *files,
       .clock = clock,
       .random = random,
       .log = *log,
       .handle_signals = false,
       .reload = {.load = [&registry,
                           file = configuration->file] { return load_and_check(file, registry); },
                  .views =
                      [&registry, &cache](const config::Configuration& next) {
                        return compile_views(next, registry, cache);
                      },
                  .secrets = is_falcon_path(configuration->file) ? falcon_secret_sources()
                                                                 : config::system_secret_sources()},
       .service = runtime::service_address(environment, getpid())});
  if (!application) {
    redirected.reset();
    return output.failure(application.error(), ExitCode::store);
  }
  Ending ending(**application, clock, command);
  runtime::ExitReport report;
  {
    std::unique_ptr<LiveTable> table;
    if (command.live) table = std::make_unique<LiveTable>(**application, clock, output);
    report = (*application)->run();
  }
  redirected.reset();
  if (command.live) print_end(report, output);
  if (!command.report.empty()) {
    const auto moment = ending.moment() == TimePoint{} ? clock.now() : ending.moment();
    if (auto written = write_report(command.report, report_json(report, moment)); !written)
      return output.failure(written.error(), ExitCode::failed);
  }
  return ExitCode::ok;
}

}  // namespace cistern::app
