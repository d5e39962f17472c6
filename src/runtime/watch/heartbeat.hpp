// A line in the log now and then that says that the program is alive and what it has done.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "runtime/status/status.hpp"

#include <cstdint>
#include <optional>

namespace cistern::runtime {

/// Lives on the loop. Normal operation writes no log lines, so nothing is written unless the user
/// asks for it: programs that watch a log for silence need it.
class Heartbeat {
 public:
  /// `every` 0: never. References outlive it.
  Heartbeat(const StatusBoard& status, const Clock& clock, Log& log, Duration every)
      : status_(status), clock_(clock), log_(log), every_(every) {}
  /// Call about once a second.
  void tick();

 private:
  const StatusBoard& status_;
  const Clock& clock_;
  Log& log_;
  Duration every_;
  std::optional<Duration> last_;
};

}  // namespace cistern::runtime
