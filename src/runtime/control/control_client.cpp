#include "runtime/control/control.hpp"
#include "runtime/control/control_socket.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace cistern::runtime {
namespace {

constexpr std::size_t kMaxAnswer = 64ULL << 20;
constexpr std::chrono::seconds kSendLimit{10};

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

std::string reason(int error) {
  return std::generic_category().message(error);
}

bool fill_address(const std::string& path, sockaddr_un& address) {
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return true;
}

tl::unexpected<Failure> path_too_long(const std::string& path) {
  return fail_stop("control/path",
                   "the path " + path + " has " + std::to_string(path.size()) +
                       " characters; a socket's path may have 107",
                   "choose a shorter path for the store");
}

int connect_to(int socket, const sockaddr_un& address) {
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  return ::connect(socket, generic, sizeof address) == 0 ? 0 : errno;
}

tl::unexpected<Failure> broken(const std::string& what) {
  return fail_retry("control/broken", "the running cistern did not answer whole: " + what,
                    "repeat the command; look at the log of the running cistern");
}

void set_limit(int socket, int option, std::chrono::seconds limit) {
  const timeval value{.tv_sec = limit.count(), .tv_usec = 0};
  ::setsockopt(socket, SOL_SOCKET, option, &value, sizeof value);
}

Status send_line(int socket, std::string_view request) {
  std::string line{request};
  line += '\n';
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t sent = ::send(socket, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return broken(reason(errno));
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

// Hands over each whole line; `input` keeps the rest. False: the caller has heard enough.
bool hand_over(std::string& input, const std::function<bool(std::string_view)>& answer) {
  std::size_t begin = 0;
  for (auto end = input.find('\n'); end != std::string::npos; end = input.find('\n', begin)) {
    if (!answer(std::string_view{input}.substr(begin, end - begin))) return false;
    begin = end + 1;
  }
  input.erase(0, begin);
  return true;
}

}  // namespace

Status free_control_path(const std::string& path) {
  sockaddr_un address{};
  if (!fill_address(path, address)) return path_too_long(path);
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return {};
  if (!S_ISSOCK(found.st_mode)) {
    return fail_stop("control/path", path + " exists and is not a socket",
                     "move the file out of the store's folder");
  }
  const Descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  const int error = connect_to(socket.get(), address);
  if (error == ECONNREFUSED || error == ENOENT) {
    ::unlink(path.c_str());
    return {};
  }
  return fail_stop("control/in-use", "another cistern answers on " + path,
                   "stop the other one first, or give this one a store of its own");
}

Status ask_control(const std::string& path, std::string_view request,
                   const std::function<bool(std::string_view)>& answer,
                   std::chrono::seconds patience) {
  sockaddr_un address{};
  if (!fill_address(path, address)) return path_too_long(path);
  const Descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (socket.get() < 0) return broken(reason(errno));
  set_limit(socket.get(), SO_SNDTIMEO, kSendLimit);
  set_limit(socket.get(), SO_RCVTIMEO, patience);
  if (const int error = connect_to(socket.get(), address); error != 0) {
    if (error == EACCES || error == EPERM) {
      return fail_stop("control/refused", "no permission to use " + path,
                       "run the command as the user that runs cistern, or as root");
    }
    return fail_stop("control/not-running",
                     "no cistern is running on this store (" + reason(error) + ")",
                     "start it with `cistern run`");
  }
  if (const auto sent = send_line(socket.get(), request); !sent) return sent;
  std::string input;
  std::array<char, 64 * 1024> buffer{};
  for (;;) {
    const ssize_t got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      return broken("no answer within " + std::to_string(patience.count()) + " s");
    }
    if (got < 0) return broken(reason(errno));
    if (got == 0) return {};
    input.append(buffer.data(), static_cast<std::size_t>(got));
    const std::size_t before = input.size();
    if (!hand_over(input, answer)) return {};
    // After the first line a stream may be silent for as long as it likes.
    if (input.size() < before) set_limit(socket.get(), SO_RCVTIMEO, std::chrono::seconds{0});
    if (input.size() > kMaxAnswer) return broken("a line is longer than 64 MiB");
  }
}

}  // namespace cistern::runtime
