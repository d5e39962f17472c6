#include "net/tls_failure.hpp"

#include "base/bytes.hpp"
#include "net/certificate.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace cistern::net {
namespace {

constexpr std::size_t kLongestText = 200;

using Text = std::unique_ptr<BIO, decltype(&BIO_free)>;

std::string content(BIO* text) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(text, &data);
  return size <= 0 ? std::string{} : excerpt({data, static_cast<std::size_t>(size)}, kLongestText);
}

std::string name_text(const X509_NAME* name) {
  const Text text{BIO_new(BIO_s_mem()), &BIO_free};
  constexpr unsigned long kForm = XN_FLAG_ONELINE & ~XN_FLAG_SPC_EQ & ~ASN1_STRFLGS_ESC_MSB;
  if (text == nullptr || X509_NAME_print_ex(text.get(), name, 0, kForm) < 0) return {};
  return content(text.get());
}

std::string alternative_names(const X509& certificate) {
  const int at = X509_get_ext_by_NID(&certificate, NID_subject_alt_name, -1);
  const Text text{BIO_new(BIO_s_mem()), &BIO_free};
  if (at < 0 || text == nullptr) return {};
  if (X509V3_EXT_print(text.get(), X509_get_ext(&certificate, at), 0, 0) != 1) return {};
  return content(text.get());
}

std::string with_colons(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i < hex.size(); ++i) {
    if (i > 0 && i % 2 == 0) out += ':';
    const char c = hex[i];
    out += c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out;
}

Failure stop(std::string code, std::string cause, std::string next_step) {
  return {.verdict = Verdict::stop,
          .code = std::move(code),
          .cause = std::move(cause),
          .consequence = "nothing is sent, the events wait in the store",
          .next_step = std::move(next_step)};
}

Failure retry(std::string code, std::string cause, std::string next_step) {
  Failure failure = stop(std::move(code), std::move(cause), std::move(next_step));
  failure.verdict = Verdict::retry;
  failure.consequence.clear();
  return failure;
}

std::string presented_by(const PresentedCertificate& presented) {
  return " (for \"" + presented.subject + "\", issued by \"" + presented.issuer +
         "\", SHA-256 fingerprint " + presented.fingerprint + ")";
}

/// Alerts by which a server refuses the certificate of a client, or its absence.
bool refuses_client(int reason) {
  constexpr std::array kReasons = {SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED,
                                   SSL_R_SSLV3_ALERT_BAD_CERTIFICATE,
                                   SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE,
                                   SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED,
                                   SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED,
                                   SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN,
                                   SSL_R_TLSV1_ALERT_UNKNOWN_CA,
                                   SSL_R_TLSV1_ALERT_ACCESS_DENIED};
  return std::find(kReasons.begin(), kReasons.end(), reason) != kReasons.end();
}

}  // namespace

void describe_certificate(const X509& certificate, PresentedCertificate& presented) {
  presented.subject = name_text(X509_get_subject_name(&certificate));
  presented.issuer = name_text(X509_get_issuer_name(&certificate));
  presented.names = alternative_names(certificate);
  presented.fingerprint = with_colons(hex_encode(thumbprint(certificate, EVP_sha256())));
  presented.valid_from = format_time_seconds(not_before(certificate)) + "Z";
  presented.valid_until = format_time_seconds(not_after(certificate)) + "Z";
}

Failure certificate_failure(const PeerAddress& peer, const std::string& expected_name,
                            const PresentedCertificate& presented) {
  const std::string who = "the TLS certificate of " + peer.text();
  const std::string clock =
      "compare this machine's clock with the real time (`timedatectl`); if "
      "it is right, the receiver needs a new certificate";
  switch (presented.verify_error) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return stop("net/certificate-host",
                  who + " is for " + (presented.names.empty() ? "no name" : presented.names) +
                      " and not for " + expected_name + presented_by(presented),
                  "write the name of the certificate into `address`, or, if the receiver is the "
                  "right one, into `server_name`");
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return stop("net/certificate-expired",
                  who + " has expired at " + presented.valid_until + presented_by(presented),
                  clock);
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return stop(
          "net/certificate-not-yet-valid",
          who + " is valid from " + presented.valid_from + " only" + presented_by(presented),
          clock);
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return stop("net/certificate-self-signed",
                  who + " is signed by itself and not known here" + presented_by(presented),
                  "compare the fingerprint with the receiver's; if it is the same, set "
                  "`fingerprint` to it, or `ca_file` to a PEM file with that certificate");
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return stop(
          "net/certificate-issuer",
          who + " was issued by an authority that is not trusted here" + presented_by(presented),
          "set `ca_file` to a PEM file with the root certificate of that authority; if you "
          "do not know it, do not go on: somebody may stand between");
    case X509_V_ERR_CERT_REVOKED:
      return stop("net/certificate-revoked", who + " is revoked" + presented_by(presented),
                  "the receiver needs a new certificate");
    default:
      return stop("net/certificate-refused",
                  who + " was refused: " + X509_verify_cert_error_string(presented.verify_error) +
                      presented_by(presented),
                  "ask whoever runs the receiver for a certificate that serves a TLS server");
  }
}

Failure pin_failure(const PeerAddress& peer, const PresentedCertificate& presented) {
  return stop("net/certificate-pin",
              "the TLS certificate of " + peer.text() + " is not the one in `fingerprint`" +
                  presented_by(presented),
              "ask whoever runs the receiver whether it has a new certificate; if it has, set "
              "`fingerprint` to that one's");
}

Failure tls_failure(const PeerAddress& peer, bool has_certificate) {
  const unsigned long error = ERR_peek_last_error();
  const int reason = ERR_GET_REASON(error);
  const char* const text = ERR_reason_error_string(error);
  const std::string words = text == nullptr ? "no reason given" : text;
  ERR_clear_error();
  if (refuses_client(reason)) {
    return stop("net/client-certificate",
                peer.text() +
                    (has_certificate ? " refused the client certificate: "
                                     : " wants a client certificate, and none is configured: ") +
                    words,
                has_certificate
                    ? "have the receiver trust the issuer of `certificate`, or configure another"
                    : "set `certificate` and `private_key` to a pair that the receiver accepts");
  }
  if (reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION || reason == SSL_R_UNSUPPORTED_PROTOCOL ||
      reason == SSL_R_UNSUPPORTED_SSL_VERSION) {
    return stop("net/tls-version", peer.text() + " speaks no TLS version from 1.2 on: " + words,
                "have TLS 1.2 or 1.3 switched on at the receiver");
  }
  if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST) {
    return retry("net/tls-none", peer.text() + " does not speak TLS: " + words,
                 "check the port, or whether the address is to begin with tcp:// or relp://");
  }
  return retry("net/tls", "TLS with " + peer.text() + " failed: " + words,
               "look into the receiver's log; a server that wants a client certificate may say no "
               "more than this");
}

}  // namespace cistern::net
