#include "net/listen/ready_loop.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace cistern::net {
namespace {

constexpr std::size_t kMostEvents = 64;

Duration steady_now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

/// A process without descriptors to spare cannot listen; it says so by the exception that every
/// such place of the standard library throws.
int opened(int descriptor) {
  if (descriptor < 0) throw std::system_error(errno, std::system_category(), "epoll");
  return descriptor;
}

}  // namespace

ReadyLoop::ReadyLoop()
    : epoll_(opened(::epoll_create1(EPOLL_CLOEXEC))),
      wake_(opened(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wake_.get();
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event);
}

void ReadyLoop::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    if (tasks_.size() > 1) return;
  }
  const std::uint64_t one = 1;
  static_cast<void>(!::write(wake_.get(), &one, sizeof one));
}

ReadyLoop::TimerId ReadyLoop::call_after(Duration delay, Task task) {
  const TimerId id = ++last_timer_;
  const Duration deadline = steady_now() + delay;
  timers_.emplace(std::pair{deadline, id}, std::move(task));
  deadlines_.emplace(id, deadline);
  return id;
}

void ReadyLoop::cancel(TimerId timer) {
  const auto found = deadlines_.find(timer);
  if (found == deadlines_.end()) return;
  timers_.erase({found->second, timer});
  deadlines_.erase(found);
}

void ReadyLoop::watch(int descriptor, Handler handler) {
  watched_[descriptor] =
      std::make_shared<Watched>(Watched{.handler = std::move(handler), .wants = 0});
}

void ReadyLoop::want(int descriptor, bool read, bool write) {
  const auto found = watched_.find(descriptor);
  if (found == watched_.end()) return;
  const std::uint32_t wants = (read ? EPOLLIN : 0U) | (write ? EPOLLOUT : 0U);
  const std::uint32_t before = std::exchange(found->second->wants, wants);
  if (wants == before) return;
  epoll_event event{};
  event.events = wants;
  event.data.fd = descriptor;
  // Whatever it wants, the system reports errors, again and again: who wants nothing is not asked.
  const int change = wants == 0 ? EPOLL_CTL_DEL : before == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  ::epoll_ctl(epoll_.get(), change, descriptor, &event);
}

void ReadyLoop::forget(int descriptor) {
  const auto found = watched_.find(descriptor);
  if (found == watched_.end()) return;
  if (found->second->wants != 0) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr);
  watched_.erase(found);
}

int ReadyLoop::until_next_timer() const {
  if (timers_.empty()) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first.first - steady_now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

void ReadyLoop::run_timers() {
  const Duration now = steady_now();
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    auto entry = timers_.extract(timers_.begin());
    deadlines_.erase(entry.key().second);
    entry.mapped()();
  }
}

void ReadyLoop::run_tasks() {
  std::uint64_t count = 0;
  static_cast<void>(!::read(wake_.get(), &count, sizeof count));
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
  }
  for (auto& task : tasks)
    task();
}

void ReadyLoop::run() {
  std::array<epoll_event, kMostEvents> events{};
  while (!stopped_.load(std::memory_order_acquire)) {
    const int ready = ::epoll_wait(epoll_.get(), events.data(), kMostEvents, until_next_timer());
    for (int i = 0; i < ready; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.fd == wake_.get()) {
        run_tasks();
        continue;
      }
      const auto found = watched_.find(event.data.fd);
      if (found == watched_.end()) continue;
      // Kept here, because the handler may forget itself.
      const auto watched = found->second;
      const bool trouble = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
      watched->handler(trouble || (event.events & EPOLLIN) != 0,
                       trouble || (event.events & EPOLLOUT) != 0);
    }
    run_timers();
  }
}

void ReadyLoop::stop() {
  stopped_.store(true, std::memory_order_release);
  post([] {});
}

}  // namespace cistern::net
