// One TLS connection over a socket.
#pragma once

#include "net/tls_context.hpp"
#include "net/tls_failure.hpp"

namespace cistern::net {

/// Whom the handshake must find.
struct ExpectedPeer {
  std::string name;              ///< Host name or address; empty: any (the fingerprint decides).
  std::string server_name;       ///< Sent in the handshake (SNI); empty: none.
  std::string fingerprint;       ///< Lower-case hex; empty: any.
  bool has_certificate = false;  ///< Whether we have one to show.
};

class TlsConnection final : public Connection {
 public:
  TlsConnection(PeerAddress peer, Descriptor socket, SSL_CTX& context, const BIO_METHOD& method,
                ExpectedPeer expected, const Cancellation& cancellation);
  TlsConnection(const TlsConnection&) = delete;
  TlsConnection& operator=(const TlsConnection&) = delete;
  ~TlsConnection() override = default;

  /// For SSL_CTX_sess_set_new_cb(): a ticket is the word by which a server shows that it is
  /// content.
  static int note_ticket(SSL* tls, SSL_SESSION* session);

  /// The handshake with all checks; before anything else.
  Status shake_hands(Duration limit);

  Result<std::size_t> write_some(std::string_view bytes) override;
  Result<Arrived> read_some(std::span<char> into) override;
  Result<bool> wait(bool to_write, Duration limit) override;
  [[nodiscard]] Result<std::uint64_t> unacknowledged() const override;
  void close() override;
  [[nodiscard]] const PeerAddress& peer() const override { return peer_; }

 private:
  Status expect_peer();
  Status step_hands(Duration limit);
  Status check_pin();
  Status hear_verdict(Duration limit);
  Failure failure_of(int result, int saved_errno);
  static int look(int verdict, X509_STORE_CTX* store);

  PeerAddress peer_;
  Descriptor socket_;
  ExpectedPeer expected_;
  const Cancellation& cancellation_;
  PresentedCertificate presented_;
  bool heard_ = false;  // A ticket came: the server is content with us.
  bool broken_ = false;
  bool write_waits_for_read_ = false;
  bool read_waits_for_write_ = false;
  TlsPointer<SSL> tls_;
};

}  // namespace cistern::net
