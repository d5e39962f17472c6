// One open way to one server.
#pragma once

#include "destinations/syslog/message.hpp"
#include "destinations/syslog/relp_progress.hpp"
#include "destinations/syslog/server.hpp"
#include "net/tls_client.hpp"

#include <memory>

namespace cistern::destinations::syslog {

enum class Framing : std::uint8_t { octet, lf };

struct SenderSettings {
  Framing framing = Framing::octet;
  std::size_t window = 1000;  ///< RELP: unanswered frames.
  net::SocketTimes times;
};

/// What senders share and borrow; it outlives them.
struct SenderContext {
  const SenderSettings& settings;
  MessageWriter& writer;
  RelpProgress& progress;
  const net::TlsClient* tls;  ///< Null without TLS.
  const net::Cancellation& cancellation;
};

/// Used from one thread.
class Sender {
 public:
  virtual ~Sender() = default;
  /// Sends what of the batch is not delivered yet. Success: all of it is delivered, as far as the
  /// transport can say (README.md).
  virtual Status send(const runtime::Batch& batch) = 0;
  /// Whether the way is still open, as far as can be seen without sending.
  virtual Status alive() = 0;
  /// Whether the way can be used on after a failure of send().
  [[nodiscard]] virtual bool usable() const = 0;
  virtual void close() = 0;
};

/// Opens the way, with handshakes and all.
Result<std::unique_ptr<Sender>> connect_sender(const Server& server, const SenderContext& context);

Result<std::unique_ptr<Sender>> connect_udp(const Server& server, const SenderContext& context);
Result<std::unique_ptr<Sender>> connect_stream(const Server& server, const SenderContext& context);
Result<std::unique_ptr<Sender>> connect_relp(const Server& server, const SenderContext& context);

}  // namespace cistern::destinations::syslog
