// Who the other side of a TLS handshake says it is, also when it is refused. libcurl tells only
// that verification failed; whoever must find out which box on the way inspects TLS needs its name.
#pragma once

#include <memory>
#include <string>

#include <curl/curl.h>

namespace cistern::net {

/// Names as the certificate writes them ("CN=Inspection CA, O=Contoso"), printable and bounded;
/// empty while no certificate was seen.
struct PeerCertificate {
  bool handshake_began = false;  ///< So the connection below it stands.
  std::string subject;
  std::string issuer;
};

/// Makes the exchange note the certificate of its peer. It decides nothing: OpenSSL's verdict is
/// passed on as it is. `peer` itself must live as long as the handle; what it points to is shared
/// with the connection, which may outlive the exchange.
void note_peer_certificate(CURL* easy, std::shared_ptr<PeerCertificate>& peer);

}  // namespace cistern::net
