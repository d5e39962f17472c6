// The loop of a thread that listens: sockets that are ready, tasks of other threads, timers.
//
// Listeners have threads of their own, so that a flood of messages delays nobody else's requests,
// and so that datagrams are taken from the system while others compute.
#pragma once

#include "base/executor.hpp"
#include "net/socket.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace cistern::net {

/// post() and stop() from any thread, everything else on the thread of run() or while it does not
/// run.
class ReadyLoop final : public Loop {
 public:
  using Handler = std::function<void(bool readable, bool writable)>;

  ReadyLoop();
  void post(Task task) override;
  TimerId call_after(Duration delay, Task task) override;
  void cancel(TimerId timer) override;

  /// Calls `handler` whenever the descriptor is ready for what it wants; an error counts as both.
  /// At first it wants nothing. The handler may forget any descriptor, also its own.
  void watch(int descriptor, Handler handler);
  void want(int descriptor, bool read, bool write);
  void forget(int descriptor);

  void run();
  void stop();

 private:
  struct Watched {
    Handler handler;
    std::uint32_t wants = 0;
  };
  [[nodiscard]] int until_next_timer() const;
  void run_timers();
  void run_tasks();

  Descriptor epoll_;
  Descriptor wake_;
  std::unordered_map<int, std::shared_ptr<Watched>> watched_;
  std::map<std::pair<Duration, TimerId>, Task> timers_;
  std::unordered_map<TimerId, Duration> deadlines_;
  TimerId last_timer_ = 0;
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::vector<Task> tasks_;
};

}  // namespace cistern::net
