#include "net/certificate.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <new>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace cistern::net {
namespace {

// A chain with its comments fits many times; anything longer is not a certificate.
constexpr std::size_t kMostPem = 256 * 1024;
constexpr int kLeastKeyBits = 2048;

OpensslPointer<BIO> reader(std::string_view text) {
  OpensslPointer<BIO> bio{
      BIO_new_mem_buf(text.data(), static_cast<int>(std::min(text.size(), kMostPem)))};
  if (bio == nullptr) throw std::bad_alloc();
  return bio;
}

/// The reason of the newest OpenSSL error, which never holds input; the queue is emptied.
std::string openssl_reason() {
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason == nullptr ? "no reason given" : reason;
}

/// DER and PKCS#12 begin with an ASN.1 sequence.
bool looks_binary(std::string_view text) {
  return text.starts_with('\x30');
}

struct Passphrase {
  const Secret& text;
  bool asked = false;
};

int give_passphrase(char* buffer, int size, int /*writing*/, void* user) {
  auto& passphrase = *static_cast<Passphrase*>(user);
  passphrase.asked = true;
  return passphrase.text.use([&](std::string_view text) {
    if (text.empty() || text.size() > static_cast<std::size_t>(size)) return -1;
    std::memcpy(buffer, text.data(), text.size());
    return static_cast<int>(text.size());
  });
}

std::string why_key_is_unreadable(const Passphrase& passphrase, bool binary) {
  const std::string reason = openssl_reason();
  if (binary) return "the private key is in binary form, PEM is needed";
  if (!passphrase.asked) return "no PEM private key was found (" + reason + ")";
  if (passphrase.text.empty())
    return "the private key is encrypted and no passphrase is configured";
  return "the passphrase does not open the private key (" + reason + ")";
}

Result<OpensslPointer<EVP_PKEY>> read_key(const ClientCertificate& source) {
  Passphrase passphrase{source.passphrase};
  bool binary = false;
  OpensslPointer<EVP_PKEY> key = source.private_key_pem.use([&](std::string_view pem) {
    binary = looks_binary(pem);
    return OpensslPointer<EVP_PKEY>{
        PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, give_passphrase, &passphrase)};
  });
  if (key == nullptr) {
    return fail_stop("entra/key-unreadable", why_key_is_unreadable(passphrase, binary),
                     "give the key as PEM (\"-----BEGIN PRIVATE KEY-----\") and its passphrase if "
                     "it has one; a .pfx "
                     "file is converted by: openssl pkcs12 -in file.pfx -nodes -out file.pem");
  }
  return key;
}

Status check_key(const ClientCertificate& source, const SigningCertificate& pair) {
  const bool plain = EVP_PKEY_is_a(pair.key.get(), "RSA") == 1;
  const bool pss_only = EVP_PKEY_is_a(pair.key.get(), "RSA-PSS") == 1;
  if (!plain && !(pss_only && source.algorithm == AssertionAlgorithm::ps256)) {
    const char* const kind = EVP_PKEY_get0_type_name(pair.key.get());
    return fail_stop("entra/key-kind",
                     std::string{"the private key is of kind "} +
                         (kind == nullptr ? "unknown" : kind) +
                         "; Microsoft Entra accepts RSA keys here",
                     "make a certificate with an RSA key of 2048 bits or more and register it");
  }
  const int bits = EVP_PKEY_get_bits(pair.key.get());
  if (bits < kLeastKeyBits) {
    return fail_stop("entra/key-too-small",
                     "the private key has " + std::to_string(bits) + " bits, at least " +
                         std::to_string(kLeastKeyBits) + " are needed",
                     "make a certificate with an RSA key of 2048 bits or more and register it");
  }
  if (X509_check_private_key(pair.certificate.get(), pair.key.get()) != 1) {
    ERR_clear_error();
    return fail_stop("entra/key-mismatch", "the private key does not belong to the certificate",
                     "configure the key that was made together with this certificate");
  }
  return {};
}

Status check_time(const X509& certificate, TimePoint now) {
  if (now > not_after(certificate)) {
    return fail_stop("entra/certificate-expired",
                     "the certificate has expired at " + format_time(not_after(certificate)) +
                         ", it is " + format_time(now) + " now",
                     "make a new certificate, register it beside the old one and configure it; if "
                     "the time is wrong, "
                     "set this machine's clock right");
  }
  if (now < not_before(certificate)) {
    return fail_stop("entra/certificate-not-yet-valid",
                     "the certificate is valid from " + format_time(not_before(certificate)) +
                         " only, it is " + format_time(now) + " now",
                     "set this machine's clock right, or wait until then");
  }
  return {};
}

/// Times beyond the range of TimePoint (a certificate without end is valid until 9999) are taken to
/// its border.
TimePoint time_point(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return TimePoint::min();
  const std::chrono::sys_seconds seconds{std::chrono::seconds{timegm(&parts)}};
  const auto least = std::chrono::ceil<std::chrono::seconds>(TimePoint::min());
  const auto most = std::chrono::floor<std::chrono::seconds>(TimePoint::max());
  return std::clamp(seconds, least, most);
}

}  // namespace

Result<OpensslPointer<X509>> read_certificate(std::string_view pem) {
  OpensslPointer<X509> certificate{PEM_read_bio_X509(reader(pem).get(), nullptr, nullptr, nullptr)};
  if (certificate == nullptr) {
    const std::string reason = openssl_reason();
    return fail_stop("entra/certificate-unreadable",
                     looks_binary(pem) ? "the certificate is in binary form, PEM is needed"
                                       : "no PEM certificate was found (" + reason + ")",
                     "give the certificate as PEM (\"-----BEGIN CERTIFICATE-----\"); a binary .cer "
                     "file is converted "
                     "by: openssl x509 -inform DER -in file.cer -out file.pem");
  }
  return certificate;
}

Result<SigningCertificate> load_signing_certificate(const ClientCertificate& source,
                                                    TimePoint now) {
  SigningCertificate pair;
  Result<OpensslPointer<X509>> certificate = read_certificate(source.certificate_pem);
  if (!certificate) return fail(std::move(certificate).error());
  pair.certificate = std::move(*certificate);
  Result<OpensslPointer<EVP_PKEY>> key = read_key(source);
  if (!key) return fail(std::move(key).error());
  pair.key = std::move(*key);
  if (Status fit = check_key(source, pair); !fit) return fail(std::move(fit).error());
  if (Status valid = check_time(*pair.certificate, now); !valid)
    return fail(std::move(valid).error());
  return pair;
}

std::string thumbprint(const X509& certificate, const EVP_MD* digest) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  if (X509_digest(&certificate, digest, bytes.data(), &size) != 1) throw std::bad_alloc();
  return {reinterpret_cast<const char*>(bytes.data()), size};
}

TimePoint not_before(const X509& certificate) {
  return time_point(X509_get0_notBefore(&certificate));
}
TimePoint not_after(const X509& certificate) {
  return time_point(X509_get0_notAfter(&certificate));
}

Result<CertificateFacts> inspect_certificate(std::string_view certificate_pem) {
  const Result<OpensslPointer<X509>> certificate = read_certificate(certificate_pem);
  if (!certificate) return fail(certificate.error());
  std::array<char, 256> subject{};
  X509_NAME_oneline(X509_get_subject_name(certificate->get()), subject.data(),
                    static_cast<int>(subject.size()));
  std::string print = hex_encode(thumbprint(**certificate, EVP_sha1()));
  std::transform(print.begin(), print.end(), print.begin(), [](char c) {
    return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return CertificateFacts{.subject = excerpt(subject.data(), subject.size()),
                          .valid_from = not_before(**certificate),
                          .valid_until = not_after(**certificate),
                          .sha1_thumbprint = std::move(print)};
}

}  // namespace cistern::net
