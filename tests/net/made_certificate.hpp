// Keys and certificates made for one test.
#pragma once

#include <stdexcept>
#include <string>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace cistern::net {

class MadeCertificate;

struct CertificateWish {
  std::string names = "IP:127.0.0.1,DNS:localhost";  ///< Subject alternative names.
  long valid_from = -3600;                           ///< Seconds from now.
  long valid_until = 3600;
  int rsa_bits = 0;  ///< 0: an elliptic key.
  std::string common_name = "test";
  const MadeCertificate* issuer = nullptr;  ///< Null: signed by itself.
  bool authority = false;                   ///< May issue others.
};

/// A certificate with its key.
class MadeCertificate {
 public:
  explicit MadeCertificate(const CertificateWish& wish)
      : key_(wish.rsa_bits > 0 ? EVP_RSA_gen(static_cast<unsigned>(wish.rsa_bits))
                               : EVP_EC_gen("P-256")),
        certificate_(X509_new()) {
    X509_set_version(certificate_, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate_), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate_), wish.valid_from);
    X509_gmtime_adj(X509_getm_notAfter(certificate_), wish.valid_until);
    X509_set_pubkey(certificate_, key_);
    X509_NAME* const name = X509_get_subject_name(certificate_);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(wish.common_name.c_str()), -1,
                               -1, 0);
    const MadeCertificate& signer = wish.issuer == nullptr ? *this : *wish.issuer;
    X509_set_issuer_name(certificate_, X509_get_subject_name(signer.certificate_));
    X509_EXTENSION* const names =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, wish.names.c_str());
    X509_add_ext(certificate_, names, -1);
    X509_EXTENSION_free(names);
    if (wish.authority) {
      X509_EXTENSION* const rights =
          X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, "critical,CA:TRUE");
      X509_add_ext(certificate_, rights, -1);
      X509_EXTENSION_free(rights);
    }
    if (X509_sign(certificate_, signer.key_, EVP_sha256()) == 0)
      throw std::runtime_error("cannot sign a certificate");
  }
  MadeCertificate(const MadeCertificate&) = delete;
  MadeCertificate& operator=(const MadeCertificate&) = delete;
  ~MadeCertificate() {
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }

  [[nodiscard]] X509* certificate() const { return certificate_; }
  [[nodiscard]] EVP_PKEY* key() const { return key_; }

  [[nodiscard]] std::string certificate_pem() const {
    return text([&](BIO* bio) { PEM_write_bio_X509(bio, certificate_); });
  }
  [[nodiscard]] std::string key_pem(const std::string& passphrase = "") const {
    return text([&](BIO* bio) {
      PEM_write_bio_PKCS8PrivateKey(bio, key_, passphrase.empty() ? nullptr : EVP_aes_256_cbc(),
                                    passphrase.data(), static_cast<int>(passphrase.size()), nullptr,
                                    nullptr);
    });
  }
  [[nodiscard]] std::string public_key_pem() const {
    return text([&](BIO* bio) { PEM_write_bio_PUBKEY(bio, key_); });
  }

 private:
  template <class F>
  static std::string text(F write) {
    BIO* const bio = BIO_new(BIO_s_mem());
    write(bio);
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string out(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    return out;
  }

  EVP_PKEY* key_;
  X509* certificate_;
};

}  // namespace cistern::net
