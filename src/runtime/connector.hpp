// A connector: reads one vendor's account and commits to the journal. And what the program must
// know about each kind of connector.
#pragma once

#include "base/embedded.hpp"
#include "config/loader.hpp"
#include "ecs/view.hpp"
#include "net/io_loop.hpp"
#include "runtime/services.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::runtime {

/// Lives on the I/O loop. The life of each connector: start, then stop once, then destruction after
/// the stop's callback. A connector that was never started may be destroyed.
class Connector {
 public:
  virtual ~Connector() = default;
  virtual void start() = 0;
  /// Asks for nothing new, gives up requests that are under way, waits for commits that were handed
  /// over, then calls `stopped`. Calling it twice is allowed.
  virtual void stop(std::function<void()> stopped) = 0;
};

enum class ProofKind : std::uint8_t {
  complete,  ///< A listing or gapless numbers prove what was offered.
  windowed,  ///< Asked for a window, and it was answered.
  received,  ///< Count only.
};

struct StreamType {
  std::string_view name;  ///< "audit.exchange"
  std::string_view text;  ///< One sentence.
  ProofKind proof = ProofKind::windowed;
};

/// One question that `doctor` asks, and its answer.
struct ProbeResult {
  enum class Outcome : std::uint8_t { passed, failed, warning, skipped };
  std::string name;  ///< "token", "permission ActivityFeed.Read"
  Outcome outcome = Outcome::passed;
  std::string seen;       ///< What was seen, with correlation id and time.
  std::string meaning;    ///< What it means; empty when passed.
  std::string next_step;  ///< The exact clicks or command that cure it.
  Duration took{0};
};

/// Runs probes one after the other; lives on the I/O loop.
struct DoctorContext {
  net::IoLoop& loop;
  const Clock& clock;
  Random& random;
  /// Called after each probe, in order, and at the end with nothing.
  std::function<void(const ProbeResult&)> probed;
  std::function<void()> finished;
};

struct ConnectorType {
  std::string_view name;  ///< "microsoft_365"
  std::string_view summary;
  std::span<const config::Option> options;
  std::vector<StreamType> streams;
  std::function<void(const config::Values&, std::vector<config::Problem>&)> check;
  /// Builds an instance; fails when the values cannot work (a certificate that cannot be read).
  std::function<Result<std::unique_ptr<Connector>>(const std::string& name,
                                                   const config::Values& values, net::IoLoop& loop,
                                                   const Services& services)>
      make;
  /// Starts the probes; the returned object keeps them alive and cancels them when destroyed.
  std::function<std::shared_ptr<void>(const config::Values& values, DoctorContext context)> doctor;
  std::span<const embedded::File> files;  ///< mappings/*.yaml and guide.yaml
  ecs::FunctionTable functions;
  /// Options for the view, from the connector's values.
  std::function<ecs::ViewOptions(const config::Values&)> view_options;
};

}  // namespace cistern::runtime
