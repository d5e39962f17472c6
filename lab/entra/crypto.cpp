#include "lab/entra/crypto.hpp"

#include "base/bytes.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

namespace cistern::lab {

namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};
struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
struct FreeNumber {
  void operator()(BIGNUM* number) const { BN_free(number); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

tl::unexpected<Failure> crypto_failure(const std::string& what) {
  return fail_stop("lab/openssl", "OpenSSL could not " + what,
                   "check the OpenSSL installation of this machine");
}

std::string thumbprint(X509* certificate, const EVP_MD* digest) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  X509_digest(certificate, digest, bytes, &size);
  return {reinterpret_cast<const char*>(bytes), size};
}

bool add_extension(X509* certificate, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
  if (extension == nullptr) return false;
  const bool added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

std::string number_of(EVP_PKEY* key, const char* name) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) return {};
  const std::unique_ptr<BIGNUM, FreeNumber> number{raw};
  std::string out(static_cast<std::size_t>(BN_num_bytes(raw)), '\0');
  BN_bn2bin(raw, reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

}  // namespace

Result<Key> make_rsa_key() {
  Key key{EVP_RSA_gen(2048)};
  if (!key) return crypto_failure("make an RSA key");
  return key;
}

Result<Certificate> self_sign(EVP_PKEY* key, std::int64_t unix_now) {
  Certificate certificate{X509_new()};
  if (!certificate) return crypto_failure("make a certificate");
  X509* const raw = certificate.get();
  constexpr std::int64_t day = 86'400;
  X509_set_version(raw, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(raw), 1);
  ASN1_TIME_set(X509_getm_notBefore(raw), unix_now - day);
  ASN1_TIME_set(X509_getm_notAfter(raw), unix_now + 3650 * day);
  X509_set_pubkey(raw, key);
  X509_NAME* const name = X509_get_subject_name(raw);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, bytes_of("localhost"), -1, -1, 0);
  X509_set_issuer_name(raw, name);
  const bool extended =
      add_extension(raw, NID_basic_constraints, "critical,CA:TRUE") &&
      add_extension(raw, NID_subject_key_identifier, "hash") &&
      add_extension(raw, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1");
  if (!extended || X509_sign(raw, key, EVP_sha256()) == 0) {
    return crypto_failure("sign a certificate");
  }
  return certificate;
}

std::string key_pem(EVP_PKEY* key) {
  const Bio bio{BIO_new(BIO_s_mem())};
  PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(bio.get());
}

std::string certificate_pem(X509* certificate) {
  const Bio bio{BIO_new(BIO_s_mem())};
  PEM_write_bio_X509(bio.get(), certificate);
  return text_of(bio.get());
}

Result<Certificate> certificate_from_pem(std::string_view pem) {
  const Bio bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  Certificate certificate{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)};
  if (!certificate) {
    return fail_stop("lab/bad-certificate", "no certificate could be read from what was given",
                     "send the PEM text that begins with -----BEGIN CERTIFICATE-----");
  }
  return certificate;
}

std::string sha1_thumbprint(X509* certificate) {
  return thumbprint(certificate, EVP_sha1());
}
std::string sha256_thumbprint(X509* certificate) {
  return thumbprint(certificate, EVP_sha256());
}

std::string sha256(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr);
  return {reinterpret_cast<const char*>(digest), size};
}

PublicNumbers public_numbers(EVP_PKEY* key) {
  return {number_of(key, OSSL_PKEY_PARAM_RSA_N), number_of(key, OSSL_PKEY_PARAM_RSA_E)};
}

std::string sign_rs256(EVP_PKEY* key, std::string_view message) {
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> context{EVP_MD_CTX_new()};
  std::size_t size = 0;
  EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key);
  EVP_DigestSign(context.get(), nullptr, &size, bytes_of(message), message.size());
  std::string signature(size, '\0');
  EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                 bytes_of(message), message.size());
  signature.resize(size);
  return signature;
}

bool verify_signature(EVP_PKEY* key, JwsAlgorithm algorithm, std::string_view message,
                      std::string_view signature) {
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) return false;
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> context{EVP_MD_CTX_new()};
  EVP_PKEY_CTX* parameters = nullptr;
  if (EVP_DigestVerifyInit(context.get(), &parameters, EVP_sha256(), nullptr, key) != 1) {
    return false;
  }
  if (algorithm == JwsAlgorithm::ps256 &&
      (EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) != 1 ||
       EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, 32) != 1 ||
       EVP_PKEY_CTX_set_rsa_mgf1_md(parameters, EVP_sha256()) != 1)) {
    return false;
  }
  return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message),
                          message.size()) == 1;
}

std::optional<JwsParts> split_jws(std::string_view token) {
  const auto first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = token.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  auto header = base64url_decode(token.substr(0, first));
  auto payload = base64url_decode(token.substr(first + 1, second - first - 1));
  auto signature = base64url_decode(token.substr(second + 1));
  if (!header || !payload || !signature || signature->empty()) return std::nullopt;
  return JwsParts{std::move(*header), std::move(*payload), std::move(*signature),
                  token.substr(0, second)};
}

}  // namespace cistern::lab
