// One connection of a lab firewall, whatever the transport: messages go out, the truth is kept.
#pragma once

#include "base/clock.hpp"
#include "lab/syslog/firewall.hpp"

#include <atomic>
#include <memory>

namespace cistern::lab {

enum class AfterFault : std::uint8_t {
  go_on,
  ended,       ///< Another connection is needed.
  leave_open,  ///< The same, while this one stays as it is, without a word.
};

class Conversation {
 public:
  virtual ~Conversation() = default;
  /// Makes and sends so many messages; false: the connection is of no more use.
  virtual bool send(std::size_t messages) = 0;
  /// Takes what the peer says, without waiting.
  virtual bool listen() = 0;
  /// Commits the fault.
  virtual AfterFault commit(SenderFault fault) = 0;
  /// Ends in order. Whether nothing is left to be brought to an end.
  virtual bool finish() = 0;
};

/// Connects; messages without answer from before are sent again first.
Result<std::unique_ptr<Conversation>> open_conversation(const FirewallOptions& options,
                                                        SenderTruth& truth, const Clock& clock,
                                                        const std::atomic<bool>& hurry);

}  // namespace cistern::lab
