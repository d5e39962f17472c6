// The inbox's own thread: files are written, synced and removed there, one task after the other.
#pragma once

#include "base/executor.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace cistern::journal {

/// The thread begins with the first task, so that a store to which nothing is pushed has none.
class InboxWorker {
 public:
  InboxWorker() = default;
  InboxWorker(const InboxWorker&) = delete;
  InboxWorker& operator=(const InboxWorker&) = delete;
  ~InboxWorker() { close(); }

  /// False once it is closed; the task is then gone.
  bool post(Task task) {
    const std::lock_guard lock{mutex_};
    if (closed_) return false;
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    tasks_.push_back(std::move(task));
    wake_.notify_all();
    return true;
  }

  /// Waits until everything posted so far has run.
  void drain() {
    std::unique_lock lock{mutex_};
    wake_.wait(lock, [this] { return tasks_.empty() && !busy_; });
  }

  /// Runs what was posted, then ends the thread. Idempotent; not from the thread itself.
  void close() {
    {
      const std::lock_guard lock{mutex_};
      closed_ = true;
      wake_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run() {
    std::unique_lock lock{mutex_};
    while (true) {
      wake_.wait(lock, [this] { return closed_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      {
        const Task task = std::move(tasks_.front());
        tasks_.pop_front();
        busy_ = true;
        lock.unlock();
        task();
      }
      lock.lock();
      busy_ = false;
      wake_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  bool busy_ = false;
  bool closed_ = false;
  std::thread thread_;
};

}  // namespace cistern::journal
