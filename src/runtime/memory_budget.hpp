// A bound on the bytes that all connectors together hold in memory.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

namespace cistern::runtime {

/// Bytes of responses and commits under way. Safe from any thread.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t limit) : limit_(limit) {}
  void add(std::uint64_t bytes) { used_ += bytes; }
  /// Gives bytes back and, when there is room now, calls the longest waiting.
  void remove(std::uint64_t bytes) {
    used_ -= bytes;
    wake_one();
  }
  [[nodiscard]] bool full() const { return used_ >= limit_; }
  [[nodiscard]] std::uint64_t used() const { return used_; }
  [[nodiscard]] std::uint64_t limit() const { return limit_; }

  /// Calls `room` once, from any thread, when there is room: first come, first served, one at a
  /// time, so that nobody is passed over. Who was called and does not fill the room passes it on
  /// with wake_one(). `room` must only hand the news on.
  void wait(std::function<void()> room) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(room));
    }
    wake_one();
  }
  /// Calls the longest waiting, if there is room.
  void wake_one() {
    std::function<void()> room;
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.empty() || full()) return;
      room = std::move(waiting_.front());
      waiting_.pop_front();
    }
    room();
  }

 private:
  std::uint64_t limit_;
  std::atomic<std::uint64_t> used_{0};
  std::mutex mutex_;
  std::deque<std::function<void()>> waiting_;
};

/// Bytes held against a budget until it goes away. One thread at a time.
class MemoryHold {
 public:
  explicit MemoryHold(MemoryBudget& budget) : budget_(budget) {}
  MemoryHold(const MemoryHold&) = delete;
  MemoryHold& operator=(const MemoryHold&) = delete;
  ~MemoryHold() { resize(0); }
  void resize(std::uint64_t bytes) {
    if (bytes > bytes_) budget_.add(bytes - bytes_);
    if (bytes < bytes_) budget_.remove(bytes_ - bytes);
    bytes_ = bytes;
  }

 private:
  MemoryBudget& budget_;
  std::uint64_t bytes_ = 0;
};

}  // namespace cistern::runtime
