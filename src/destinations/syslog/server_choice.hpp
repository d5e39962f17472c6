// Which of several servers to use: the first in the list that works. Pure; the caller tells what
// happened and when.
#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace cistern::destinations::syslog {

/// A server that failed rests: others are preferred to it until its rest is over. So a server that
/// accepts connections and then hangs is not taken again and again. When all of them rest, the one
/// that failed first is tried first.
class ServerChoice {
 public:
  /// `rest`: zero means until the others fail.
  ServerChoice(std::size_t servers, Duration rest) : rest_(rest), failed_at_(servers) {}

  /// All servers in the order in which to try them.
  [[nodiscard]] std::vector<std::size_t> order(Duration now) const;
  void failed(std::size_t server, Duration now) { failed_at_.at(server) = now; }
  /// The server is in use from now on.
  void works(std::size_t server);
  /// None is in use.
  void none() { current_.reset(); }
  [[nodiscard]] std::optional<std::size_t> current() const { return current_; }

  /// A server before the one in use in the list whose rest is over: to be tried again.
  [[nodiscard]] std::optional<std::size_t> better(Duration now) const;
  /// In how long there will be one; nothing when the first is in use, or none is.
  [[nodiscard]] std::optional<Duration> better_in(Duration now) const;

 private:
  [[nodiscard]] bool rests(std::size_t server, Duration now) const;

  Duration rest_;
  std::vector<std::optional<Duration>> failed_at_;
  std::optional<std::size_t> current_;
};

}  // namespace cistern::destinations::syslog
