#include "journal/store_lock.hpp"

#include "base/file_errors.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace cistern::journal {
namespace {

/// The number that the holder wrote, or nothing that could be one.
std::string holder_of(int descriptor) {
  std::array<char, 24> text{};
  const ssize_t size = ::pread(descriptor, text.data(), text.size(), 0);
  std::string digits;
  for (ssize_t i = 0; i < size && text[static_cast<std::size_t>(i)] >= '0' &&
                      text[static_cast<std::size_t>(i)] <= '9';
       ++i) {
    digits += text[static_cast<std::size_t>(i)];
  }
  return digits;
}

}  // namespace

Result<std::unique_ptr<StoreLock>> StoreLock::take(const std::string& store) {
  const std::string path = store + "/lock";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return fail(file_failure("open", path, errno));
  std::unique_ptr<StoreLock> lock{new StoreLock(descriptor)};
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail(file_failure("lock", path, errno));
    const std::string holder = holder_of(descriptor);
    return fail({.verdict = Verdict::stop,
                 .code = "journal/locked",
                 .cause = "another process " + (holder.empty() ? "" : "(pid " + holder + ") ") +
                          "has the store " + store + " open for writing",
                 .consequence = "this one does not start; the other goes on",
                 .next_step = "stop the other process" +
                              (holder.empty() ? std::string{} : " (kill " + holder + ")") +
                              ", or give this one another store.path"});
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  // The number is only for the message above, so a full disk must not stop the start here.
  if (::ftruncate(descriptor, 0) == 0) {
    [[maybe_unused]] const ssize_t written = ::pwrite(descriptor, pid.data(), pid.size(), 0);
  }
  return lock;
}

StoreLock::~StoreLock() {
  ::close(descriptor_);
}

}  // namespace cistern::journal
