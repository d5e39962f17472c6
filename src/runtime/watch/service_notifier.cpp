#include "runtime/watch/service_notifier.hpp"

#include <charconv>
#include <cstddef>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace cistern::runtime {
namespace {

constexpr std::size_t kLongestStatus = 400;

std::optional<std::int64_t> number_of(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc{} || end != text->data() + text->size()) return std::nullopt;
  return number;
}

// A line break would begin another assignment.
std::string one_line(std::string_view text) {
  std::string line{text.substr(0, kLongestStatus)};
  for (char& c : line) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return line;
}

}  // namespace

ServiceAddress service_address(
    const std::function<std::optional<std::string>(const std::string&)>& variable, int own_pid) {
  ServiceAddress address;
  address.socket = variable("NOTIFY_SOCKET").value_or("");
  const auto pid = number_of(variable("WATCHDOG_PID"));
  if (pid && *pid != own_pid) return address;
  const auto patience = number_of(variable("WATCHDOG_USEC"));
  if (patience && *patience > 0) address.watchdog = std::chrono::microseconds{*patience};
  return address;
}

void ServiceNotifier::ready(std::string_view status) const {
  send("READY=1\nSTATUS=" + one_line(status));
}

void ServiceNotifier::stopping() const {
  send(
      "STOPPING=1\nSTATUS=stopping: what is under way becomes durable, then what is stored is "
      "delivered");
}

void ServiceNotifier::reloading(Duration now) const {
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

void ServiceNotifier::status(std::string_view text) const {
  send("STATUS=" + one_line(text));
}

void ServiceNotifier::alive() const {
  send("WATCHDOG=1");
}

std::optional<Duration> ServiceNotifier::interval() const {
  if (!address_.watchdog || address_.socket.empty()) return std::nullopt;
  return *address_.watchdog / 3;
}

void ServiceNotifier::send(std::string_view text) const {
  const std::string& path = address_.socket;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  // A path, or "@name" for an abstract address, whose first byte is zero.
  const bool known = !path.empty() && (path.front() == '/' || path.front() == '@');
  if (!known || path.size() >= sizeof to.sun_path) return;
  std::memcpy(to.sun_path, path.data(), path.size());
  if (path.front() == '@') to.sun_path[0] = '\0';
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  static_cast<void>(::sendto(socket, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                             reinterpret_cast<const sockaddr*>(&to), size));
  ::close(socket);
}

}  // namespace cistern::runtime
