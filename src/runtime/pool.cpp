#include "runtime/pool.hpp"

#include "base/thread_memory.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace cistern::runtime {
namespace {

/// A thread without a task for so long gives back what it keeps. Parsers as large as the largest
/// body are worth keeping from one body to the next, not for a quiet night.
constexpr std::chrono::seconds kRest{2};

class ThreadPool final : public Pool {
 public:
  explicit ThreadPool(unsigned threads) { ThreadPool::grow(threads); }

  ~ThreadPool() override {
    std::deque<Task> dropped;
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      dropped.swap(tasks_);
    }
    ready_.notify_all();
    join();
    // `dropped` is destroyed here without the lock: a task may own things whose end posts again.
  }

  void post(Task task) override {
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return;
      tasks_.push_back(std::move(task));
    }
    ready_.notify_one();
  }

  void grow(unsigned threads) override {
    while (threads_.size() < threads)
      threads_.emplace_back([this] { work(); });
  }

  void drain() override {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    ready_.notify_all();
    join();
  }

 private:
  void work() {
    for (;;) {
      Task task;
      {
        std::unique_lock lock(mutex_);
        const auto ready = [this] { return closed_ || !tasks_.empty(); };
        if (!ready_.wait_for(lock, kRest, ready)) {
          lock.unlock();
          release_thread_memory();
          lock.lock();
          ready_.wait(lock, ready);
        }
        if (tasks_.empty()) return;
        task = std::move(tasks_.front());
        tasks_.pop_front();
      }
      task();
    }
  }

  void join() {
    for (auto& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Task> tasks_;
  bool closed_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace

std::unique_ptr<Pool> make_pool(unsigned threads) {
  return std::make_unique<ThreadPool>(threads == 0 ? 1 : threads);
}

}  // namespace cistern::runtime
