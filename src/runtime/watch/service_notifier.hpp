// Tells systemd what the service is doing: the sd_notify protocol, one datagram a message.
#pragma once

#include "base/time.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::runtime {

/// What systemd hands to a service of Type=notify in its environment.
struct ServiceAddress {
  std::string socket;                ///< NOTIFY_SOCKET; empty: nobody listens.
  std::optional<Duration> watchdog;  ///< WATCHDOG_USEC: the service counts as hung without a word
                                     ///< for so long.
};

/// `variable` is the environment. A WATCHDOG_PID of another process means that its watchdog is not
/// ours.
ServiceAddress service_address(
    const std::function<std::optional<std::string>(const std::string&)>& variable, int own_pid);

/// Messages are sent without waiting; a manager that does not listen is no failure of ours.
class ServiceNotifier {
 public:
  explicit ServiceNotifier(ServiceAddress address) : address_(std::move(address)) {}

  [[nodiscard]] bool listening() const { return !address_.socket.empty(); }
  void ready(std::string_view status) const;
  void stopping() const;
  /// `now` is CLOCK_MONOTONIC, which the manager compares with its own.
  void reloading(Duration now) const;
  void status(std::string_view text) const;
  void alive() const;

  /// How often alive() should be called: a third of the manager's patience.
  [[nodiscard]] std::optional<Duration> interval() const;

 private:
  void send(std::string_view text) const;
  ServiceAddress address_;
};

}  // namespace cistern::runtime
