// Whether requests may go out: closed when the organisation's hour is nearly used up. Pure.
#pragma once

#include "base/random.hpp"
#include "base/time.hpp"
#include "connectors/cisco_secure_endpoint/wire.hpp"

#include <cstdint>
#include <optional>

namespace cistern::connectors::cisco_secure_endpoint {

/// All keys of an organisation share one budget (3,000 requests an hour by the vendor's older
/// text), so we stop before the last hundredth of it: the customer's other tools go on working.
class RateGate {
 public:
  [[nodiscard]] bool open(TimePoint now) const { return now >= until_; }
  [[nodiscard]] TimePoint until() const { return until_; }

  /// Any answer's budget. Returns whether it closed the gate.
  bool noted(const RateFacts& facts, TimePoint now, Random& random);
  /// 429: what Retry-After asks for, else until the reset, else a minute growing to 15.
  void throttled(const RateFacts& facts, std::optional<Duration> retry_after, TimePoint now,
                 Random& random);
  void succeeded() { throttles_ = 0; }

  /// Least time between the beginnings of two walks of so many requests, so that repeated reading
  /// takes at most half of the budget.
  [[nodiscard]] Duration spacing(std::uint64_t requests) const;

 private:
  void close(TimePoint until);

  TimePoint until_{};
  std::uint64_t limit_ = 3000;  ///< An hour.
  unsigned throttles_ = 0;
};

}  // namespace cistern::connectors::cisco_secure_endpoint
