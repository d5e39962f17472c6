// A connection that somebody made to us: plain TCP or TLS, without blocking.
#pragma once

#include "base/secret.hpp"
#include "net/listen/listen_socket.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace cistern::net {

/// Every failure is final: the connection is of no use after it.
class ServerStream {
 public:
  struct Arrived {
    std::size_t bytes = 0;  ///< 0 and not ended: nothing now.
    bool ended = false;     ///< The peer ended the connection in order.
  };
  virtual ~ServerStream() = default;

  /// True when the connection may be used; until then call it again when it is ready. Failures:
  /// "net/tls-handshake", "net/tls-client-certificate".
  virtual Result<bool> shake_hands() = 0;
  virtual Result<Arrived> read_some(std::span<char> into) = 0;
  /// How much was handed over; 0: nothing now.
  virtual Result<std::size_t> write_some(std::string_view bytes) = 0;
  /// Bytes have arrived that the system no longer reports as readable.
  [[nodiscard]] virtual bool holds_bytes() const = 0;
  /// What it waited for last was room to write.
  [[nodiscard]] virtual bool wants_write() const = 0;
  /// The name in the peer's verified certificate (CN, else the first DNS name); empty without one.
  [[nodiscard]] virtual std::string certificate_name() const = 0;
  /// Says farewell where the protocol has one, without waiting.
  virtual void close() = 0;
  [[nodiscard]] virtual int descriptor() const = 0;
};

std::unique_ptr<ServerStream> make_plain_stream(Descriptor socket);

struct TlsServerOptions {
  std::string certificate_file;  ///< PEM: the certificate, its issuers behind it.
  std::string key_file;          ///< PEM; empty: in the certificate's file.
  Secret passphrase{};
  std::string client_ca_file;  ///< PEM; not empty: clients must show a certificate of it.
};

/// Certificate and rules of a TLS server: TLS 1.2 or newer.
class TlsServer {
 public:
  virtual ~TlsServer() = default;
  /// Reads the files. Failures (stop): "net/certificate-unreadable", "net/key-unreadable",
  /// "net/key-mismatch", "net/ca-file".
  static Result<std::unique_ptr<TlsServer>> make(const TlsServerOptions& options);
  [[nodiscard]] virtual std::unique_ptr<ServerStream> serve(Descriptor socket) const = 0;
  [[nodiscard]] virtual TimePoint valid_until() const = 0;
  /// Names of the certificate as OpenSSL writes them, for people.
  [[nodiscard]] virtual std::string names() const = 0;
};

}  // namespace cistern::net
