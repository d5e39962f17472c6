// When a lab firewall sends how much, and what it does wrong: decided without sockets.
#pragma once

#include "base/time.hpp"
#include "lab/harness/faults.hpp"
#include "lab/harness/random.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cistern::lab {

enum class SenderFault : std::uint8_t {
  end,        ///< Ends the connection in order and opens another.
  cut_frame,  ///< Sends a part of a frame, then ends in order.
  reset,      ///< Breaks the connection off with a reset.
  half_open,  ///< Leaves it open without a word, and opens another.
  dribble,    ///< Sends a frame byte by byte.
};
std::optional<SenderFault> sender_fault_from(std::string_view name);

/// How often a sender does what by itself.
struct SenderHabits {
  double faults_per_second = 0;
  double bursts_per_second = 0;
  std::uint64_t burst = 0;  ///< Messages.
};
SenderHabits habits_of(FaultProfile profile);

/// How many messages are due, from the rate and the time that has passed while connected.
class SendingPace {
 public:
  SendingPace(double per_second, SenderHabits habits, std::uint64_t seed);
  /// Messages to send now, after so much more time; at most `most`, the rest stays due.
  std::size_t due(Duration passed, std::size_t most);
  /// The fault to commit now, if any.
  std::optional<SenderFault> fault(Duration passed);
  /// Adds messages to what is due.
  void flood(std::uint64_t messages) { due_ += static_cast<double>(messages); }

 private:
  double per_second_;
  SenderHabits habits_;
  Dice dice_;
  double due_ = 0;
};

}  // namespace cistern::lab
