#include "runtime/serial.hpp"

#include <utility>

namespace cistern::runtime {

void Serial::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    tasks_.push_back(std::move(task));
    if (scheduled_) return;
    scheduled_ = true;
  }
  take_turn();
}

void Serial::take_turn() {
  pool_.post([self = shared_from_this()] { self->run_one(); });
}

void Serial::run_one() {
  Task task;
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || tasks_.empty()) {
      scheduled_ = false;
      return;
    }
    task = std::move(tasks_.front());
    tasks_.pop_front();
    running_ = true;
    runner_ = std::this_thread::get_id();
  }
  task();
  task = nullptr;  // What the task owns goes before close() may return.
  {
    const std::lock_guard lock(mutex_);
    running_ = false;
    runner_ = {};
    scheduled_ = !closed_ && !tasks_.empty();
    idle_.notify_all();
    if (!scheduled_) return;
  }
  take_turn();
}

void Serial::close() {
  std::deque<Task> dropped;
  std::unique_lock lock(mutex_);
  closed_ = true;
  dropped.swap(tasks_);
  if (runner_ == std::this_thread::get_id()) return;
  idle_.wait(lock, [this] { return !running_; });
  lock.unlock();
}

}  // namespace cistern::runtime
