// Tasks one after the other on a shared pool: the owner's state needs no lock.
#pragma once

#include "base/executor.hpp"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

namespace cistern::runtime {

/// A chain of tasks on an executor with several threads: in the order of posting, never two at the
/// same time, each as a task of its own so that chains share the threads evenly. Held by
/// shared_ptr, because queued turns keep it alive.
class Serial final : public Executor, public std::enable_shared_from_this<Serial> {
 public:
  explicit Serial(Executor& pool) : pool_(pool) {}

  void post(Task task) override;
  /// Drops what is queued and waits for the task that runs now, unless it is the caller itself.
  /// Afterwards post() does nothing.
  void close();

 private:
  void take_turn();
  void run_one();

  Executor& pool_;
  std::mutex mutex_;
  std::condition_variable idle_;
  std::deque<Task> tasks_;
  bool scheduled_ = false;
  bool running_ = false;
  bool closed_ = false;
  std::thread::id runner_;
};

}  // namespace cistern::runtime
