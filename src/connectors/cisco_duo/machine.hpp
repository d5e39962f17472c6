// The decisions of log collection over the Admin API, without I/O.
#pragma once

#include "base/poll.hpp"
#include "base/random.hpp"
#include "connectors/cisco_duo/vendor_clock.hpp"
#include "connectors/cisco_duo/wire.hpp"

#include <memory>
#include <string>
#include <vector>

namespace cistern::connectors::cisco_duo {

struct MachineOptions {
  Api api;
  std::vector<std::string> streams;  ///< Names of logs: "authentication", ...
  double requests_per_minute = 2;    ///< For each log; the vendor counts by endpoint.
  unsigned burst = 2;
  Duration poll_interval = std::chrono::minutes{2};
  /// On first start; at most 179 days are asked for, because windows of 180 are refused.
  Duration lookback = std::chrono::hours{24 * 179};
  /// Read again behind the watermark at each poll, for events that come late.
  Duration overlap = std::chrono::minutes{5};
  /// Shared with whatever dates the requests; the machine writes it.
  std::shared_ptr<ClockOffset> clock = std::make_shared<ClockOffset>();
};

/// Position keys that others look at.
inline constexpr std::string_view kAccountKey = "account";

/// `random` outlives the machine; only jitter depends on it.
std::unique_ptr<PollMachine> make_machine(MachineOptions options, Random& random);

}  // namespace cistern::connectors::cisco_duo
