#include "net/peer_certificate.hpp"

#include "base/bytes.hpp"

#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace cistern::net {
namespace {

constexpr std::size_t kLongestName = 200;

using Shared = std::shared_ptr<PeerCertificate>;

void release(void* /*parent*/, void* held, CRYPTO_EX_DATA* /*data*/, int /*index*/, long /*argl*/,
             void* /*argp*/) {
  delete static_cast<Shared*>(held);
}

/// Where a TLS context keeps the note; OpenSSL hands out the number once.
int note_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, &release);
  return index;
}

std::string name_of(const X509_NAME* name) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> text{BIO_new(BIO_s_mem()), &BIO_free};
  constexpr unsigned long kForm = XN_FLAG_ONELINE & ~XN_FLAG_SPC_EQ & ~ASN1_STRFLGS_ESC_MSB;
  if (text == nullptr || X509_NAME_print_ex(text.get(), name, 0, kForm) < 0) return {};
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return size <= 0 ? std::string{} : excerpt({data, static_cast<std::size_t>(size)}, kLongestName);
}

int look(int verdict, X509_STORE_CTX* context) {
  const auto* const tls =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const X509* const leaf = X509_STORE_CTX_get0_cert(context);
  if (tls == nullptr || leaf == nullptr) return verdict;
  const auto* const peer =
      static_cast<Shared*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(tls), note_index()));
  if (peer == nullptr || !(*peer)->issuer.empty()) return verdict;
  (*peer)->subject = name_of(X509_get_subject_name(leaf));
  (*peer)->issuer = name_of(X509_get_issuer_name(leaf));
  return verdict;
}

CURLcode prepare(CURL* /*easy*/, void* tls_context, void* peer) {
  auto* const context = static_cast<SSL_CTX*>(tls_context);
  auto held = std::make_unique<Shared>(*static_cast<Shared*>(peer));
  (*held)->handshake_began = true;
  delete static_cast<Shared*>(SSL_CTX_get_ex_data(context, note_index()));
  if (SSL_CTX_set_ex_data(context, note_index(), held.get()) != 1) return CURLE_OUT_OF_MEMORY;
  static_cast<void>(held.release());
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, &look);
  return CURLE_OK;
}

}  // namespace

void note_peer_certificate(CURL* easy, std::shared_ptr<PeerCertificate>& peer) {
  if (curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &prepare) != CURLE_OK ||
      curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, static_cast<void*>(&peer)) != CURLE_OK) {
    throw std::logic_error("this libcurl was built without OpenSSL");
  }
}

}  // namespace cistern::net
