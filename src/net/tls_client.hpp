// TLS for clients that block: the other side is always verified.
#pragma once

#include "base/secret.hpp"
#include "net/connection.hpp"

#include <memory>
#include <optional>
#include <string>

namespace cistern::net {

struct TlsClientOptions {
  std::string ca_file{};           ///< PEM; empty: the system's authorities.
  std::string certificate_file{};  ///< PEM chain of the client; empty: none.
  std::string key_file{};          ///< PEM; empty: in the certificate's file.
  Secret passphrase{};
  std::string server_name{};  ///< What the certificate must be for; empty: the address's host.
  /// SHA-256 of the receiver's certificate as 64 hex digits (lower case). Without `ca_file` it
  /// takes the place of the authorities and of the name; with it, both must hold.
  std::string fingerprint{};
};

/// 64 lower-case hex digits from what a person wrote: colons and blanks between, any case, a
/// leading "sha256:". Nothing on anything else.
std::optional<std::string> normal_fingerprint(std::string_view text);

/// Immutable after make(); connect() may run on several threads.
class TlsClient {
 public:
  virtual ~TlsClient() = default;

  /// Reads the files. Failures (stop): "net/ca-file", "net/certificate-unreadable",
  /// "net/key-unreadable", "net/key-mismatch", "net/client-certificate-expired".
  static Result<std::unique_ptr<TlsClient>> make(const TlsClientOptions& options, TimePoint now);

  /// A verified connection. Failures: those of connect_tcp(), certificate_failure(), pin_failure(),
  /// and tls_failure(). `times.connect` bounds the connection, and again the handshake.
  ///
  /// In TLS 1.3 a server judges the client's certificate after the client thinks that all is well.
  /// So this waits a moment for the server's first word: what was sent before a refusal would seem
  /// delivered.
  virtual Result<std::unique_ptr<Connection>> connect(const PeerAddress& peer,
                                                      const SocketTimes& times,
                                                      const Cancellation& cancellation) const = 0;
};

}  // namespace cistern::net
