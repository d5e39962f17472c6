// What went wrong in a TLS handshake, in words that say what to do.
#pragma once

#include "base/result.hpp"
#include "net/socket.hpp"

#include <string>

#include <openssl/x509.h>

namespace cistern::net {

/// Who the other side said it is; texts are printable and bounded, empty while nothing was seen.
struct PresentedCertificate {
  int verify_error = X509_V_OK;  ///< OpenSSL's verdict on the chain and the name.
  std::string subject;
  std::string issuer;
  std::string names;        ///< "DNS:a.example, IP Address:192.0.2.1"
  std::string fingerprint;  ///< SHA-256, upper-case hex digits with colons.
  std::string valid_from;
  std::string valid_until;
};

/// Notes what the certificate says.
void describe_certificate(const X509& certificate, PresentedCertificate& presented);

/// The verdict on the receiver's certificate; all of Verdict::stop, each with its own code:
/// "net/certificate-host", "-expired", "-not-yet-valid", "-self-signed", "-issuer", "-revoked",
/// "-refused" (anything else).
Failure certificate_failure(const PeerAddress& peer, const std::string& expected_name,
                            const PresentedCertificate& presented);

/// The certificate is not the one whose fingerprint is configured: "net/certificate-pin".
Failure pin_failure(const PeerAddress& peer, const PresentedCertificate& presented);

/// A handshake or an established connection that ended with an error of OpenSSL (the newest of its
/// queue, which is emptied). The peer's refusal of our certificate is "net/client-certificate"
/// (stop); no common version or cipher "net/tls-version" (stop); a peer that does not speak TLS
/// "net/tls-none" (retry); anything else "net/tls" (retry).
Failure tls_failure(const PeerAddress& peer, bool has_certificate);

}  // namespace cistern::net
