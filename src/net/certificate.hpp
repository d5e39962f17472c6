// X.509 certificates with their private keys, from PEM.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "net/oauth2.hpp"

#include <memory>
#include <string>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/x509.h>

namespace cistern::net {

struct FreeOpenssl {
  void operator()(X509* it) const { X509_free(it); }
  void operator()(EVP_PKEY* it) const { EVP_PKEY_free(it); }
  void operator()(EVP_MD_CTX* it) const { EVP_MD_CTX_free(it); }
  void operator()(BIO* it) const { BIO_free_all(it); }
};

template <class T>
using OpensslPointer = std::unique_ptr<T, FreeOpenssl>;

struct SigningCertificate {
  OpensslPointer<X509> certificate;
  OpensslPointer<EVP_PKEY> key;
};

/// The first certificate of a PEM text. Failure "entra/certificate-unreadable".
Result<OpensslPointer<X509>> read_certificate(std::string_view pem);

/// Certificate and key, fit for signing at `now`: the key is RSA of 2048 bits or more, belongs to
/// the certificate, and the certificate is in its time. Failures (all Verdict::stop):
/// "entra/certificate-unreadable", "entra/key-unreadable", "entra/key-kind", "entra/key-too-small",
/// "entra/key-mismatch", "entra/certificate-expired", "entra/certificate-not-yet-valid".
Result<SigningCertificate> load_signing_certificate(const ClientCertificate& source, TimePoint now);

/// Digest over the certificate's DER form, as raw bytes.
std::string thumbprint(const X509& certificate, const EVP_MD* digest);

TimePoint not_before(const X509& certificate);
TimePoint not_after(const X509& certificate);

}  // namespace cistern::net
