// What the control socket answers: what only the running process knows or can do. What the store
// knows, other commands read from it beside the process.
#pragma once

#include "base/clock.hpp"
#include "journal/journal.hpp"
#include "runtime/control/control.hpp"
#include "runtime/status/status.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace cistern::runtime {

/// References outlive the handler and every peer.
struct ControlContext {
  const StatusBoard& status;
  journal::Journal& journal;
  const Clock& clock;
  std::function<void(std::string reason)> stop;
  /// Answers the commands that change something (control_changes.hpp); false: not one of them.
  std::function<bool(const std::shared_ptr<ControlPeer>&, const std::string& command,
                     std::string_view request)>
      others = {};
};

using ControlHandler = std::function<void(std::shared_ptr<ControlPeer>, std::string_view request)>;

/// Requests, each with "version":1 and "command":
/// - "status": the object of status_json().
/// - "stop": begins the orderly end.
/// - what `others` understands.
ControlHandler make_control_handler(ControlContext context);

}  // namespace cistern::runtime
