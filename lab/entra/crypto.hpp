// RSA keys, certificates and JSON web signatures, on OpenSSL alone: nothing here is shared with the
// code under test.
#pragma once

#include "base/result.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/x509.h>

namespace cistern::lab {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Certificate = std::unique_ptr<X509, FreeCertificate>;

/// A new RSA key of 2048 bits.
Result<Key> make_rsa_key();
/// Valid from a day before to ten years after `unix_now`, for localhost and the loopback addresses.
Result<Certificate> self_sign(EVP_PKEY* key, std::int64_t unix_now);

std::string key_pem(EVP_PKEY* key);
std::string certificate_pem(X509* certificate);
Result<Certificate> certificate_from_pem(std::string_view pem);

/// Digests over the DER form of the certificate.
std::string sha1_thumbprint(X509* certificate);
std::string sha256_thumbprint(X509* certificate);

std::string sha256(std::string_view bytes);

/// Modulus and exponent, big-endian without leading zeros.
struct PublicNumbers {
  std::string modulus;
  std::string exponent;
};
PublicNumbers public_numbers(EVP_PKEY* key);

enum class JwsAlgorithm { rs256, ps256 };

std::string sign_rs256(EVP_PKEY* key, std::string_view message);
/// PS256 only with a salt of 32 bytes and MGF1 with SHA-256, as RFC 7518 says.
bool verify_signature(EVP_PKEY* key, JwsAlgorithm algorithm, std::string_view message,
                      std::string_view signature);

/// The three parts of a compact JWS, decoded; nothing when it has another shape.
struct JwsParts {
  std::string header;
  std::string payload;
  std::string signature;
  std::string_view signed_text;  ///< Points into the token given.
};
std::optional<JwsParts> split_jws(std::string_view token);

}  // namespace cistern::lab
