#include "net/cancellation.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace cistern::net {
namespace {

using SteadyClock = std::chrono::steady_clock;

timespec to_timespec(Duration left) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  return {.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
}

}  // namespace

Cancellation::Cancellation() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wake_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Cancellation::~Cancellation() {
  ::close(wake_);
}

void Cancellation::cancel() {
  cancelled_ = true;
  const std::uint64_t one = 1;
  // It fails only when the counter is full, and then it is readable already.
  static_cast<void>(::write(wake_, &one, sizeof one) != sizeof one);
}

Cancellation::Waited Cancellation::wait(int descriptor, short events, Duration limit) const {
  const auto until = SteadyClock::now() + limit;
  while (true) {
    if (cancelled_) return Waited::cancelled;
    std::array<pollfd, 2> watched = {pollfd{.fd = descriptor, .events = events, .revents = 0},
                                     pollfd{.fd = wake_, .events = POLLIN, .revents = 0}};
    const Duration left = std::max<Duration>(until - SteadyClock::now(), Duration{0});
    const timespec wait = to_timespec(left);
    const int ready = ::ppoll(watched.data(), watched.size(), &wait, nullptr);
    if (watched[1].revents != 0) return Waited::cancelled;
    if (ready > 0) return Waited::ready;
    if (ready == 0) return Waited::timed_out;
    if (errno != EINTR) return Waited::timed_out;
  }
}

}  // namespace cistern::net
