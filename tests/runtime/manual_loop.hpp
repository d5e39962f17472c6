// A loop and a pool that tests turn by hand, and a log that remembers.
#pragma once

#include "base/clock.hpp"
#include "base/executor.hpp"
#include "base/log.hpp"

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace cistern::test {

/// Runs tasks when told to; timers follow the manual clock. One thread.
class ManualLoop final : public Loop {
 public:
  explicit ManualLoop(ManualClock& clock) : clock_(clock) {}

  void post(Task task) override { tasks_.push_back(std::move(task)); }
  TimerId call_after(Duration delay, Task task) override {
    const TimerId id = ++last_timer_;
    timers_.emplace(id, Timer{clock_.steady() + delay, std::move(task)});
    return id;
  }
  void cancel(TimerId timer) override { timers_.erase(timer); }

  /// Runs one task that was posted; false when there is none.
  bool run_one() {
    if (tasks_.empty()) return false;
    const Task task = std::move(tasks_.front());
    tasks_.pop_front();
    task();
    return true;
  }
  /// Runs everything that is due now, and what that leads to. Bounded, so that a loop that feeds
  /// itself fails a test instead of hanging it.
  bool run() {
    for (int turns = 0; turns < 100'000; ++turns) {
      if (!run_one() && !fire_due()) return true;
    }
    return false;
  }
  /// Moves the clock on in steps from timer to timer and runs what is due.
  bool advance(Duration by) {
    const Duration end = clock_.steady() + by;
    for (int turns = 0; turns < 100'000; ++turns) {
      if (!run()) return false;
      const auto next = next_timer();
      if (!next || *next > end) {
        clock_.advance(end - clock_.steady());
        return run();
      }
      clock_.advance(*next - clock_.steady());
    }
    return false;
  }
  [[nodiscard]] std::size_t timers() const { return timers_.size(); }

 private:
  struct Timer {
    Duration due;
    Task task;
  };
  [[nodiscard]] std::optional<Duration> next_timer() const {
    std::optional<Duration> next;
    for (const auto& [id, timer] : timers_) {
      if (!next || timer.due < *next) next = timer.due;
    }
    return next;
  }
  bool fire_due() {
    for (auto timer = timers_.begin(); timer != timers_.end(); ++timer) {
      if (timer->second.due > clock_.steady()) continue;
      const Task task = std::move(timer->second.task);
      timers_.erase(timer);
      task();
      return true;
    }
    return false;
  }

  ManualClock& clock_;
  std::deque<Task> tasks_;
  std::map<TimerId, Timer> timers_;
  TimerId last_timer_ = 0;
};

/// A pool without threads: its tasks wait for the test, or run on a loop.
class ManualPool final : public Executor {
 public:
  void post(Task task) override { tasks_.push_back(std::move(task)); }
  bool run_one() {
    if (tasks_.empty()) return false;
    const Task task = std::move(tasks_.front());
    tasks_.pop_front();
    task();
    return true;
  }
  [[nodiscard]] std::size_t size() const { return tasks_.size(); }

 private:
  std::deque<Task> tasks_;
};

struct LogLine {
  LogLevel level;
  std::string component;
  std::string message;
};

class RecordingLog final : public Log {
 public:
  void write(LogLevel level, std::string_view component, std::string_view message,
             std::initializer_list<LogField>) override {
    const std::lock_guard lock(mutex_);
    lines_.push_back({level, std::string{component}, std::string{message}});
  }
  [[nodiscard]] std::vector<LogLine> lines(LogLevel least = LogLevel::info) const {
    const std::lock_guard lock(mutex_);
    std::vector<LogLine> result;
    for (const auto& line : lines_) {
      if (line.level >= least) result.push_back(line);
    }
    return result;
  }
  [[nodiscard]] std::size_t count(std::string_view part, LogLevel least = LogLevel::info) const {
    std::size_t found = 0;
    for (const auto& line : lines(least)) {
      if (line.message.find(part) != std::string::npos) ++found;
    }
    return found;
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    lines_.clear();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<LogLine> lines_;
};

}  // namespace cistern::test
