#include "lab/syslog/certificates.hpp"

#include "base/files.hpp"
#include "lab/entra/crypto.hpp"

#include <openssl/x509v3.h>

namespace cistern::lab {

namespace {

constexpr long kDay = 24 * 3600;

struct Issued {
  Key key;
  Certificate certificate;
};

bool add_extension(X509* certificate, X509* issuer, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  auto* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
  const bool added = extension != nullptr && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

tl::unexpected<Failure> not_made() {
  return fail_stop("lab/no-certificate", "OpenSSL cannot make the lab's certificates",
                   "start the lab again");
}

struct Subject {
  const char* name;
  const char* alternative_names;  ///< Null: an authority.
  long serial;
};

// Without an issuer it is its own.
Result<Issued> issue(const Subject& subject, const Issued* issuer, TimePoint now) {
  auto key = make_rsa_key();
  if (!key) return fail(key.error());
  Issued out{std::move(*key), Certificate(X509_new())};
  auto* const certificate = out.certificate.get();
  const auto seconds = unix_seconds(now);
  bool good = X509_set_version(certificate, 2) == 1 &&
              ASN1_INTEGER_set(X509_get_serialNumber(certificate), subject.serial) == 1 &&
              ASN1_TIME_set(X509_getm_notBefore(certificate), seconds - kDay) != nullptr &&
              ASN1_TIME_set(X509_getm_notAfter(certificate), seconds + 3650 * kDay) != nullptr &&
              X509_set_pubkey(certificate, out.key.get()) == 1;
  auto* const name = X509_get_subject_name(certificate);
  good = good && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                            reinterpret_cast<const unsigned char*>(subject.name),
                                            -1, -1, 0) == 1;
  auto* const signer = issuer == nullptr ? certificate : issuer->certificate.get();
  good = good && X509_set_issuer_name(certificate, X509_get_subject_name(signer)) == 1 &&
         add_extension(certificate, signer, NID_subject_key_identifier, "hash");
  if (subject.alternative_names == nullptr) {
    good = good && add_extension(certificate, signer, NID_basic_constraints, "critical,CA:TRUE") &&
           add_extension(certificate, signer, NID_key_usage, "critical,keyCertSign,cRLSign");
  } else {
    good = good &&
           add_extension(certificate, signer, NID_subject_alt_name, subject.alternative_names) &&
           add_extension(certificate, signer, NID_ext_key_usage, "serverAuth,clientAuth");
  }
  auto* const signing = issuer == nullptr ? out.key.get() : issuer->key.get();
  if (!good || X509_sign(certificate, signing, EVP_sha256()) == 0) return not_made();
  return out;
}

Status write_file(Files& files, const std::string& path, const std::string& text) {
  auto file = files.open(path, OpenMode::create_or_open);
  if (!file) return fail(file.error());
  if (auto cut = (*file)->truncate(0); !cut) return cut;
  return (*file)->write_at(0, text);
}

Status write_pair(Files& files, const Issued& issued, const std::string& certificate,
                  const std::string& key) {
  if (auto written = write_file(files, certificate, certificate_pem(issued.certificate.get()));
      !written)
    return written;
  return write_file(files, key, key_pem(issued.key.get()));
}

}  // namespace

SyslogCertificates::SyslogCertificates(const std::string& folder)
    : authority(folder + "/lab-ca.pem"),
      collector_certificate(folder + "/collector.pem"),
      collector_key(folder + "/collector.key"),
      firewall{authority, folder + "/firewall.pem", folder + "/firewall.key"} {}

Status make_syslog_certificates(const SyslogCertificates& files, TimePoint now) {
  const auto system = make_system_files();
  const auto there = system->exists(files.authority);
  if (there && *there) return {};
  auto authority = issue({"cistern lab authority", nullptr, 1}, nullptr, now);
  if (!authority) return fail(authority.error());
  auto collector =
      issue({"collector.contoso.com", "DNS:localhost,IP:127.0.0.1,IP:::1", 2}, &*authority, now);
  if (!collector) return fail(collector.error());
  auto firewall =
      issue({"lab-firewall.contoso.com", "DNS:lab-firewall.contoso.com", 3}, &*authority, now);
  if (!firewall) return fail(firewall.error());
  if (auto written =
          write_pair(*system, *collector, files.collector_certificate, files.collector_key);
      !written)
    return written;
  if (auto written = write_pair(*system, *firewall, files.firewall.certificate, files.firewall.key);
      !written)
    return written;
  // Last: its presence says that the others are there.
  return write_file(*system, files.authority, certificate_pem(authority->certificate.get()));
}

}  // namespace cistern::lab
