#include "destinations/file/standard_output.hpp"

#include "base/file_errors.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <ctime>

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

namespace cistern::destinations {
namespace {

// A pipe that poll() calls writable takes at least this much without blocking, so that cancel()
// is noticed.
constexpr std::size_t kPiece = PIPE_BUF;
constexpr int kPollMilliseconds = 200;

/// Keeps a closed pipe from ending the process, whatever the program does with the signal.
class PipeSignalBlocked {
 public:
  PipeSignalBlocked() {
    sigset_t pending;
    sigpending(&pending);
    pending_before_ = sigismember(&pending, SIGPIPE) == 1;
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  PipeSignalBlocked(const PipeSignalBlocked&) = delete;
  PipeSignalBlocked& operator=(const PipeSignalBlocked&) = delete;
  ~PipeSignalBlocked() {
    const timespec at_once{};
    if (!pending_before_) sigtimedwait(&pipe_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_{};
  sigset_t before_{};
  bool pending_before_ = false;
};

class StreamDestination final : public runtime::Destination {
 public:
  StreamDestination(int descriptor, Compression compression)
      : descriptor_(descriptor), compression_(compression) {}

  Status open(const std::string&) override { return {}; }

  Result<std::string> deliver(const runtime::Batch& batch) override {
    const PipeSignalBlocked blocked;
    const std::string encoded = encode_batch(compression_, batch.bytes);
    std::string_view rest = encoded;
    while (!rest.empty()) {
      if (cancelled_) {
        return fail_retry("file/cancelled", "standard output did not take the batch before the end",
                          "nothing: it is written again at the next start");
      }
      const auto written = write_some(rest);
      if (!written) return fail(written.error());
      rest.remove_prefix(*written);
    }
    return std::string{};
  }

  void close() override {}
  void cancel() override { cancelled_ = true; }

 private:
  Result<std::size_t> write_some(std::string_view bytes) const {
    pollfd wait{.fd = descriptor_, .events = POLLOUT, .revents = 0};
    const int ready = ::poll(&wait, 1, kPollMilliseconds);
    if (ready == 0 || (ready < 0 && errno == EINTR)) return std::size_t{0};
    const ssize_t done = ::write(descriptor_, bytes.data(), std::min(bytes.size(), kPiece));
    if (done >= 0) return static_cast<std::size_t>(done);
    if (errno == EINTR || errno == EAGAIN) return std::size_t{0};
    if (errno == EPIPE) {
      return fail({.verdict = Verdict::stop,
                   .code = "file/pipe-closed",
                   .cause = "the program that read standard output has ended",
                   .consequence = "events wait in the store",
                   .next_step = "start the pipe again; the interrupted batch is then repeated"});
    }
    return fail(file_failure("write to", "standard output", errno));
  }

  int descriptor_;
  Compression compression_;
  std::atomic<bool> cancelled_{false};
};

}  // namespace

std::unique_ptr<runtime::Destination> make_stream_destination(int descriptor,
                                                              Compression compression) {
  return std::make_unique<StreamDestination>(descriptor, compression);
}

}  // namespace cistern::destinations
