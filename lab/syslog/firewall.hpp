// A lab firewall: sends syslog to a collector on a thread of its own, comes back when the collector
// goes away, and remembers what it is owed.
#pragma once

#include "base/clock.hpp"
#include "lab/syslog/link.hpp"
#include "lab/syslog/sender_plan.hpp"
#include "lab/syslog/sender_truth.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace cistern::lab {

struct FirewallOptions {
  unsigned number = 1;  ///< Distinct among the senders of a lab; 1 to 99.
  SyslogTransport transport = SyslogTransport::tcp;
  Target target;
  TlsFiles tls;
  double per_second = 20;
  std::uint64_t seed = 1;
  FaultProfile profile = FaultProfile::calm;
};

class Firewall {
 public:
  virtual ~Firewall() = default;
  [[nodiscard]] virtual const SenderTruth& truth() const = 0;
  /// No new message from now on; what is under way is brought to its end: RELP until everything is
  /// answered, TCP and TLS until both sides have closed. Waits for that, at most so long.
  virtual void freeze(Duration most) = 0;
  /// Whether that end was reached.
  [[nodiscard]] virtual bool settled() const = 0;
  /// Sends so many messages beyond the rate, as fast as they are taken.
  virtual void flood(std::uint64_t messages) = 0;
  /// Commits the fault at the next opportunity.
  virtual void plant(SenderFault fault) = 0;
};

std::unique_ptr<Firewall> start_firewall(const FirewallOptions& options, const Clock& clock);

}  // namespace cistern::lab
