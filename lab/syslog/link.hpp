// Connections of the lab's senders: plain TCP and TLS by blocking calls with a deadline, and UDP.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace cistern::lab {

struct Target {
  std::string host;
  std::uint16_t port = 0;
};
/// "127.0.0.1:514", "[::1]:514", "fw.example.com:514"
Result<Target> target_from(std::string_view text);
std::string to_string(const Target& target);

/// Certificates of a sender that speaks TLS: it checks the collector, and shows who it is itself.
struct TlsFiles {
  std::string authority;  ///< PEM file that the collector's certificate must lead to.
  std::string certificate;
  std::string key;
};

/// A connection to the collector. Waiting ends early when `hurry` becomes true.
class Link {
 public:
  virtual ~Link() = default;
  /// Hands bytes to the kernel; how many it took. Fewer than given: the connection is broken.
  virtual std::size_t write(std::string_view bytes) = 0;
  /// Appends what has come within the time. False: the peer has closed, or the connection broke.
  virtual bool read(std::string& into, Duration wait) = 0;
  /// Ends the connection in order and waits for the peer to do so too: true when he did, after
  /// reading all. (He may still have died with what he had read.)
  virtual bool finish(Duration wait) = 0;
  /// Ends it with a reset: what the peer has not read is gone.
  virtual void reset() = 0;
};

Result<std::unique_ptr<Link>> connect_tcp(const Target& target, const std::atomic<bool>& hurry);
Result<std::unique_ptr<Link>> connect_tls(const Target& target, const TlsFiles& files,
                                          const std::atomic<bool>& hurry);

/// Sends datagrams to one address.
class DatagramSender {
 public:
  static Result<std::unique_ptr<DatagramSender>> open(const Target& target);
  virtual ~DatagramSender() = default;
  /// Whether the kernel took it. False: nobody listens there.
  virtual bool send(std::string_view message) = 0;
  /// Whether the other host has said, within a moment, that nobody listens.
  virtual bool refused() = 0;
};

}  // namespace cistern::lab
