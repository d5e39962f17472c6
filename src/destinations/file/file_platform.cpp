#include "destinations/file/file_platform.hpp"

#include "base/file_errors.hpp"

#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cistern::destinations {
namespace {

class DescriptorLock final : public FileLock {
 public:
  explicit DescriptorLock(int descriptor) : descriptor_(descriptor) {}
  DescriptorLock(const DescriptorLock&) = delete;
  DescriptorLock& operator=(const DescriptorLock&) = delete;
  ~DescriptorLock() override { ::close(descriptor_); }

 private:
  int descriptor_;
};

class SystemPlatform final : public FilePlatform {
 public:
  Result<std::string> resolve(const std::string& path) override {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) {
      if (errno == ENOENT) return path;
      return fail(file_failure("examine", path, errno));
    }
    if (!S_ISREG(facts.st_mode)) {
      return fail_stop("file/not-regular", path + " is not a file but a folder, device or pipe",
                       "name a file in 'path', or \"-\" for standard output");
    }
    const std::unique_ptr<char, decltype(&std::free)> real{::realpath(path.c_str(), nullptr),
                                                           &std::free};
    if (!real) return fail(file_failure("examine", path, errno));
    return std::string{real.get()};
  }

  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return fail(file_failure("open", path, errno));
    auto held = std::make_unique<DescriptorLock>(descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return fail(file_failure("lock", path, errno));
      return fail({.verdict = Verdict::retry,
                   .code = "file/locked",
                   .cause = "another destination or another cistern writes " + path,
                   .consequence = "events wait in the store",
                   .next_step = "give each destination its own 'path', or stop the other process "
                                "(find it with `fuser -v " +
                                path + "`)",
                   .wait = std::chrono::seconds{10}});
    }
    return std::unique_ptr<FileLock>(std::move(held));
  }

  Status set_mode(const std::string& path, unsigned mode) override {
    if (::chmod(path.c_str(), static_cast<mode_t>(mode)) != 0) {
      return fail(file_failure("set the mode of", path, errno));
    }
    return {};
  }
};

}  // namespace

std::unique_ptr<FilePlatform> make_system_platform() {
  return std::make_unique<SystemPlatform>();
}

}  // namespace cistern::destinations
