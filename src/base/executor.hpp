// Places where work runs.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <functional>

namespace cistern {

using Task = std::function<void()>;

/// Runs tasks later, never inside post(). post() is safe from any thread; tasks of a stopped
/// executor are destroyed without running.
class Executor {
 public:
  virtual ~Executor() = default;
  virtual void post(Task task) = 0;
};

/// An executor with one thread and timers. State that is only touched by tasks of one loop needs no
/// lock: connectors and their drivers live on the I/O loop.
class Loop : public Executor {
 public:
  using TimerId = std::uint64_t;
  /// Runs the task on the loop, not sooner than `delay` from now (steady clock). Call on the loop.
  virtual TimerId call_after(Duration delay, Task task) = 0;
  /// After it returns the task will not run. Unknown and spent ids are ignored. Call on the loop.
  virtual void cancel(TimerId timer) = 0;
};

}  // namespace cistern
