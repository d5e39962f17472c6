// The control socket: how the other commands talk to a running cistern.
//
// One JSON object a line in each direction. Request: {"version":1,"command":"status", ...}. Answer:
// {"ok":true,"result":...} or {"ok":false,"failure":{"code","cause","next_step"}}.
#pragma once

#include "base/result.hpp"
#include "net/io_loop.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace cistern::runtime {

inline constexpr int kControlVersion = 1;

/// One connected peer. Lives on the loop.
class ControlPeer {
 public:
  virtual ~ControlPeer() = default;
  /// Queues one line; a peer that reads too slowly (more than 4 MiB queued) is cut off.
  virtual void send(std::string json) = 0;
  virtual void close() = 0;
};

/// Serves `path` (mode 0600; a dead socket file is replaced). The handler gets each request line on
/// the loop. Bounded: 16 peers, 64 KiB a line; peers of other users are refused.
class ControlServer {
 public:
  virtual ~ControlServer() = default;
};
Result<std::unique_ptr<ControlServer>> serve_control(
    net::IoLoop& loop, const std::string& path,
    std::function<void(std::shared_ptr<ControlPeer>, std::string_view request)> handler);

/// Client side, blocking: sends one request line and calls `answer` for each line received until it
/// returns false or the server closes. Failures: "control/not-running" when nothing listens,
/// "control/broken" also when the first line takes longer than `patience`.
Status ask_control(const std::string& path, std::string_view request,
                   const std::function<bool(std::string_view)>& answer,
                   std::chrono::seconds patience = std::chrono::seconds{30});

}  // namespace cistern::runtime
