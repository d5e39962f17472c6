// The few socket calls that TCP, TLS and UDP have in common.
#pragma once

#include "lab/syslog/link.hpp"

#include <memory>
#include <utility>

namespace cistern::lab {

/// Owns a descriptor.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    close();
    number_ = std::exchange(other.number_, -1);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }
  void close();

 private:
  int number_;
};

/// A connected, non-blocking stream socket. Refused or unreachable: "lab/unreachable".
Result<Descriptor> connect_stream(const Target& target);
/// A connected datagram socket: where nobody listens it hears so at the next message, and the lab's
/// sender then waits instead of talking to the wall.
Result<Descriptor> open_datagram(const Target& target);

/// Waits until the socket can be read or written; false after the time, or when `hurry` is set.
bool wait_readable(int socket, Duration wait, const std::atomic<bool>& hurry);
bool wait_writable(int socket, Duration wait, const std::atomic<bool>& hurry);
/// Makes close() send a reset.
void reset_on_close(int socket);

}  // namespace cistern::lab
