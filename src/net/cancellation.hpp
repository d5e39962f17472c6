// Ending calls that block, from another thread.
#pragma once

#include "base/time.hpp"

#include <atomic>
#include <cstdint>

namespace cistern::net {

/// Given to calls that wait for a descriptor: cancel() ends their wait, and every later one, for
/// good. cancel() is safe from any thread.
class Cancellation {
 public:
  Cancellation();
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;
  ~Cancellation();

  void cancel();
  [[nodiscard]] bool cancelled() const { return cancelled_; }

  enum class Waited : std::uint8_t { ready, timed_out, cancelled };
  /// Waits until one of the events (of poll(2)) is there, or an error of the descriptor.
  [[nodiscard]] Waited wait(int descriptor, short events, Duration limit) const;

 private:
  int wake_;  // An eventfd, readable once cancelled.
  std::atomic<bool> cancelled_{false};
};

}  // namespace cistern::net
