// A receiver in this process that does what a test tells it to.
#pragma once

#include "codec/relp.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace cistern::destinations::syslog {

/// Lets a script that waits go on at the end of the test, however that ends.
class Release {
 public:
  explicit Release(std::promise<void>& promise) : promise_(promise) {}
  Release(const Release&) = delete;
  Release& operator=(const Release&) = delete;
  ~Release() { promise_.set_value(); }

 private:
  std::promise<void>& promise_;
};

/// One connection, as the receiver sees it. Every wait ends after some seconds.
class FakePeer {
 public:
  explicit FakePeer(int socket) : socket_(socket) {}
  FakePeer(const FakePeer&) = delete;
  FakePeer& operator=(const FakePeer&) = delete;
  ~FakePeer();

  /// Reads until so many bytes are there in all, or the end.
  const std::string& read(std::size_t bytes);
  /// Reads until the other side ends; false: it did not.
  bool read_to_end();
  /// Whether something comes within the time.
  bool hears_within(int milliseconds);
  void send(std::string_view bytes);
  /// Ends with a reset.
  void reset();
  [[nodiscard]] const std::string& heard() const { return heard_; }

  struct Frame {
    std::uint32_t transaction = 0;
    std::string command;
    std::string data;
  };
  /// The next RELP frame; nothing at the end.
  std::optional<Frame> frame();
  void answer(std::uint32_t transaction, std::string_view data = "200 OK");
  /// Takes the `open` and agrees.
  void open_relp();

 private:
  int socket_;
  std::string heard_;
  codec::RelpReader reader_{1U << 20};
};

/// Listens on loopback and gives each connection, one after the other, to the script with its
/// number from 0.
class FakeReceiver {
 public:
  using Script = std::function<void(FakePeer&, int number)>;
  /// `receive_buffer`: of the connections, in bytes; 0: the system's choice.
  explicit FakeReceiver(Script script, int receive_buffer = 0, std::uint16_t port = 0);
  FakeReceiver(const FakeReceiver&) = delete;
  FakeReceiver& operator=(const FakeReceiver&) = delete;
  ~FakeReceiver();
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  std::atomic<bool> ends_{false};
  std::thread thread_;
};

}  // namespace cistern::destinations::syslog
