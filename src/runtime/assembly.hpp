// The running program: everything that a configuration asks for, put together, run and ended in
// order.
#pragma once

#include "config/loader.hpp"
#include "net/io_loop.hpp"
#include "runtime/connector.hpp"
#include "runtime/destination.hpp"
#include "runtime/memory_budget.hpp"
#include "runtime/reload/reloader.hpp"
#include "runtime/status/status.hpp"
#include "runtime/watch/service_notifier.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cistern::runtime {

/// What the application is made of. References outlive it.
struct ApplicationParts {
  std::vector<ConnectorType> connector_types;
  std::vector<DestinationType> destination_types;
  FormatFactory make_format;
  std::shared_ptr<const Views> views;  ///< By connector name.
  Files& files;
  const Clock& clock;
  Random& random;  ///< Safe to call from any thread.
  Log& log;
  bool handle_signals = true;                         ///< SIGINT and SIGTERM end run().
  Duration drain_timeout = std::chrono::seconds{10};  ///< For each step of the orderly end.
  ReloadSource reload = {};  ///< Without `load` the configuration is never read again.
  Duration look_every = std::chrono::seconds{5};  ///< At the files behind secrets.
  /// Around each reload, on the loop; may be empty.
  std::function<void(ReloadPhase)> on_reload = {};
  ServiceAddress service = {};  ///< Where systemd listens; by default nobody does.
};

/// What run() leaves behind, for the exit code and the proof.
struct ExitReport {
  bool clean = true;   ///< Every connector and destination ended within its time.
  std::string reason;  ///< Why it stopped: "SIGTERM", "asked over the control socket", ...
  std::vector<std::string> left_behind;  ///< What did not end in time, in words.
  journal::Health store;
  std::vector<ConnectorStatus> connectors;
  std::vector<DestinationStatus> destinations;
};

class Application {
 public:
  virtual ~Application() = default;
  /// Starts everything and runs the loop on the calling thread until stop(), a signal, or the
  /// control socket's `stop`. Then: connectors stop, what they handed over becomes durable,
  /// destinations deliver what is in the store (a second stop() gives that up), the store is
  /// closed.
  virtual ExitReport run() = 0;
  /// From any thread, any number of times.
  virtual void stop(std::string reason) = 0;
  /// Reads the configuration again, from any thread; SIGHUP and the control socket's `reload` do
  /// the same.
  virtual void reload(std::string reason) = 0;
  virtual net::IoLoop& loop() = 0;
  [[nodiscard]] virtual const StatusBoard& status() const = 0;
  [[nodiscard]] virtual const journal::Journal& journal() const = 0;
  [[nodiscard]] virtual const MemoryBudget& memory() const = 0;
  /// Where metrics and health are served; 0: nowhere.
  [[nodiscard]] virtual std::uint16_t metrics_port() const = 0;
  [[nodiscard]] virtual const std::string& control_path() const = 0;
};

/// Opens the store and builds all components. Fails only when nothing could run: the store cannot
/// be opened, or another cistern runs on it. A connector or destination that cannot be built is
/// `stopped` with the reason in its status, and the others run.
Result<std::unique_ptr<Application>> make_application(const config::Configuration& configuration,
                                                      ApplicationParts parts);

/// The path of the control socket of a store.
std::string control_socket_path(const std::string& store_path);

}  // namespace cistern::runtime
