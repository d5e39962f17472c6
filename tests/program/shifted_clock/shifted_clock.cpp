// Preloaded into a program, moves its wall clock by the seconds in a file, also while it runs.
//
// Only the wall clock, as when somebody sets the clock: the steady clock and every timer stay the
// machine's. (libfaketime also moves the absolute times of monotonic timers, which no clock change
// does; a program then sleeps for a day.)
#include <cstdint>
#include <cstdlib>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

namespace {

// The file's eight bytes, mapped: a signed number of seconds. Null: no shift.
volatile const std::int64_t* shift_seconds() {
  static volatile const std::int64_t* const mapped = [] {
    const char* const path = std::getenv("SHIFTED_CLOCK_FILE");
    const int file = path == nullptr ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return static_cast<std::int64_t*>(nullptr);
    void* const at = mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    return at == MAP_FAILED ? nullptr : static_cast<std::int64_t*>(at);
  }();
  return mapped;
}

bool is_wall_clock(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* out) noexcept {
  const long result = syscall(SYS_clock_gettime, clock, out);
  const auto* const shift = shift_seconds();
  if (result == 0 && shift != nullptr && is_wall_clock(clock)) out->tv_sec += *shift;
  return static_cast<int>(result);
}

extern "C" int gettimeofday(timeval* out, void* zone) noexcept {
  timespec now{};
  if (zone != nullptr) *static_cast<struct timezone*>(zone) = {};
  const int result = clock_gettime(CLOCK_REALTIME, &now);
  *out = {.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
  return result;
}

extern "C" time_t time(time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}
