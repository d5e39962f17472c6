#include "net/io_loop.hpp"

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

namespace cistern::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

class AsioLoop final : public IoLoop {
 public:
  AsioLoop() : context_(std::make_unique<asio::io_context>(1)) {}
  AsioLoop(const AsioLoop&) = delete;
  AsioLoop& operator=(const AsioLoop&) = delete;

  /// Destroys what has not run. Such a task may own objects that cancel timers or post while they
  /// go, so the tables outlive the tasks, and `context_` is empty meanwhile.
  ~AsioLoop() override {
    std::exchange(timers_, {}).clear();
    std::exchange(signals_, {}).clear();
    context_.reset();
  }

  void post(Task task) override {
    if (context_ != nullptr) asio::post(*context_, std::move(task));
  }

  TimerId call_after(Duration delay, Task task) override {
    const TimerId id = ++last_timer_;
    if (context_ == nullptr) return id;
    Timer& timer = timers_.try_emplace(id, *context_, std::move(task)).first->second;
    timer.wait.expires_after(delay);
    timer.wait.async_wait([this, id](const error_code& error) {
      if (!error) run_timer(id);
    });
    return id;
  }

  /// The entry leaves the table before its task is destroyed, which may cancel others.
  void cancel(TimerId timer) override { const auto removed = timers_.extract(timer); }

  void run() override {
    {
      const auto work = asio::make_work_guard(*context_);
      context_->run();
    }
    // Giving up the last work stops the context as well, so this comes after it.
    context_->restart();
  }

  void stop() override { context_->stop(); }

  void on_signals(std::initializer_list<int> signals, std::function<void(int)> handler) override {
    auto entry = std::make_unique<Signals>(*context_, std::move(handler));
    for (const int number : signals)
      entry->set.add(number);
    signals_.push_back(std::move(entry));
    await_signal(*signals_.back());
  }

  void* native() override { return context_.get(); }

 private:
  struct Timer {
    Timer(asio::io_context& context, Task work) : wait(context), task(std::move(work)) {}
    asio::steady_timer wait;
    Task task;
  };
  struct Signals {
    Signals(asio::io_context& context, std::function<void(int)> function)
        : set(context), handler(std::move(function)) {}
    asio::signal_set set;
    std::function<void(int)> handler;
  };

  /// A timer that was cancelled after it had expired is queued already: only its entry counts.
  void run_timer(TimerId id) {
    const auto found = timers_.find(id);
    if (found == timers_.end()) return;
    const Task task = std::move(found->second.task);
    timers_.erase(found);
    task();
  }

  void await_signal(Signals& signals) {
    signals.set.async_wait([this, &signals](const error_code& error, int number) {
      if (error) return;
      signals.handler(number);
      await_signal(signals);
    });
  }

  std::unordered_map<TimerId, Timer> timers_;
  std::vector<std::unique_ptr<Signals>> signals_;
  TimerId last_timer_ = 0;
  std::unique_ptr<asio::io_context> context_;
};

}  // namespace

std::unique_ptr<IoLoop> make_io_loop() {
  return std::make_unique<AsioLoop>();
}

}  // namespace cistern::net
