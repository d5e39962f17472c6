// What the control socket answers: status, coverage, explain, tail, stop.
#pragma once

#include "base/clock.hpp"
#include "base/executor.hpp"
#include "journal/journal.hpp"
#include "runtime/control.hpp"
#include "runtime/status.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace cistern::runtime {

/// References outlive the handler and every peer.
struct ControlContext {
  Loop& loop;
  Executor& pool;  ///< Reads of the store happen here, never on the loop.
  const StatusBoard& status;
  journal::Journal& journal;
  const Clock& clock;
  std::function<void(std::string reason)> stop;
};

using ControlHandler = std::function<void(std::shared_ptr<ControlPeer>, std::string_view request)>;

/// Requests, each with "version":1 and "command":
/// - "status": the object of status_json().
/// - "coverage", optional "connector": {"rows":[...]}, the ledger.
/// - "explain" with "id" (32 hex digits or a sequence): {"sequence","envelope","destinations",
///   "set_aside"}.
/// - "tail", optional "connector", "stream", "from" (a sequence; without it from now on): an answer
///   for each event, its envelope as it stands in the store, until the peer closes.
/// - "stop": begins the orderly end.
ControlHandler make_control_handler(ControlContext context);

}  // namespace cistern::runtime
