#include "base/bytes.hpp"
#include "net/certificate.hpp"
#include "net/listen/server_stream.hpp"
#include "net/tls_context.hpp"
#include "net/tls_failure.hpp"

#include <array>
#include <climits>
#include <cstring>
#include <new>
#include <utility>

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

namespace cistern::net {
namespace {

constexpr std::size_t kMostName = 200;

std::string openssl_words() {
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason == nullptr ? "the connection ended" : reason;
}

int give_passphrase(char* buffer, int size, int /*writing*/, void* user) {
  return static_cast<const Secret*>(user)->use([&](std::string_view text) {
    if (text.empty() || text.size() > static_cast<std::size_t>(size)) return -1;
    std::memcpy(buffer, text.data(), text.size());
    return static_cast<int>(text.size());
  });
}

std::string common_name(const X509& certificate) {
  const X509_NAME* const subject = X509_get_subject_name(&certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return {};
  const ASN1_STRING* const text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
  unsigned char* bytes = nullptr;
  const int size = ASN1_STRING_to_UTF8(&bytes, text);
  if (size < 0) return {};
  std::string name =
      excerpt({reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)}, kMostName);
  OPENSSL_free(bytes);
  return name;
}

class TlsStream final : public ServerStream {
 public:
  TlsStream(Descriptor socket, SSL_CTX& context, const BIO_METHOD& method)
      : socket_(std::move(socket)), tls_(SSL_new(&context)) {
    BIO* const bio = BIO_new(&method);
    if (tls_ == nullptr || bio == nullptr) throw std::bad_alloc();
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket_.get())));
    BIO_set_init(bio, 1);
    SSL_set_bio(tls_.get(), bio, bio);
    SSL_set_accept_state(tls_.get());
  }

  Result<bool> shake_hands() override {
    ERR_clear_error();
    const int result = SSL_do_handshake(tls_.get());
    if (result == 1) return shaken_ = true;
    if (waits(result)) return false;
    const bool refused = SSL_get_verify_result(tls_.get()) != X509_V_OK;
    const std::string why = refused
                                ? X509_verify_cert_error_string(SSL_get_verify_result(tls_.get()))
                                : openssl_words();
    ERR_clear_error();
    broken_ = true;
    return fail({.verdict = Verdict::retry,
                 .code = refused ? "net/tls-client-certificate" : "net/tls-handshake",
                 .cause = "the TLS handshake failed: " + why,
                 .consequence = "nothing was received on this connection",
                 .next_step = refused ? "have the sender show a certificate of `client_ca`"
                                      : "check that the sender speaks TLS 1.2 or newer and trusts "
                                        "this certificate"});
  }

  Result<Arrived> read_some(std::span<char> into) override {
    ERR_clear_error();
    std::size_t got = 0;
    const int result = SSL_read_ex(tls_.get(), into.data(), into.size(), &got);
    if (result == 1) return Arrived{.bytes = got};
    if (waits(result)) return Arrived{};
    if (SSL_get_error(tls_.get(), result) == SSL_ERROR_ZERO_RETURN)
      return Arrived{.bytes = 0, .ended = true};
    return fail(broken());
  }

  Result<std::size_t> write_some(std::string_view bytes) override {
    ERR_clear_error();
    std::size_t sent = 0;
    const int result = SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &sent);
    if (result == 1) return sent;
    if (waits(result)) return std::size_t{0};
    return fail(broken());
  }

  [[nodiscard]] bool holds_bytes() const override { return SSL_pending(tls_.get()) > 0; }
  [[nodiscard]] bool wants_write() const override { return wants_write_; }

  [[nodiscard]] std::string certificate_name() const override {
    const X509* const certificate = SSL_get0_peer_certificate(tls_.get());
    if (certificate == nullptr || SSL_get_verify_result(tls_.get()) != X509_V_OK) return {};
    if (std::string name = common_name(*certificate); !name.empty()) return name;
    PresentedCertificate presented;
    describe_certificate(*certificate, presented);
    return presented.names.substr(0, presented.names.find(','));
  }

  void close() override {
    if (shaken_ && !broken_) SSL_shutdown(tls_.get());
    ERR_clear_error();
    ::shutdown(socket_.get(), SHUT_WR);
  }
  [[nodiscard]] int descriptor() const override { return socket_.get(); }

 private:
  bool waits(int result) {
    const int error = SSL_get_error(tls_.get(), result);
    wants_write_ = error == SSL_ERROR_WANT_WRITE;
    return wants_write_ || error == SSL_ERROR_WANT_READ;
  }
  Failure broken() {
    broken_ = true;
    return {.verdict = Verdict::retry,
            .code = "net/closed",
            .cause = "the TLS connection broke: " + openssl_words(),
            .consequence = {},
            .next_step = {}};
  }

  Descriptor socket_;
  TlsPointer<SSL> tls_;
  bool wants_write_ = false;
  bool shaken_ = false;
  bool broken_ = false;
};

class Server final : public TlsServer {
 public:
  Server(TlsPointer<SSL_CTX> context)
      : method_(make_socket_method()), context_(std::move(context)) {}
  [[nodiscard]] std::unique_ptr<ServerStream> serve(Descriptor socket) const override {
    return std::make_unique<TlsStream>(std::move(socket), *context_, *method_);
  }
  [[nodiscard]] TimePoint valid_until() const override {
    return not_after(*SSL_CTX_get0_certificate(context_.get()));
  }
  [[nodiscard]] std::string names() const override {
    PresentedCertificate presented;
    describe_certificate(*SSL_CTX_get0_certificate(context_.get()), presented);
    return presented.subject + (presented.names.empty() ? "" : " (" + presented.names + ")");
  }

 private:
  TlsPointer<BIO_METHOD> method_;
  TlsPointer<SSL_CTX> context_;
};

Status load_key(SSL_CTX& context, const std::string& file, const std::string& certificate) {
  if (SSL_CTX_use_PrivateKey_file(&context, file.c_str(), SSL_FILETYPE_PEM) == 1) return {};
  const bool mismatch = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH;
  const std::string why = openssl_words();
  if (mismatch) {
    return fail_stop(
        "net/key-mismatch",
        "the private key in " + file + " does not belong to the certificate in " + certificate,
        "give `private_key` the key that was made together with the certificate");
  }
  return fail_stop("net/key-unreadable", "the private key in " + file + " cannot be used: " + why,
                   "give `private_key` the path of a PEM key that cistern's user may read, and "
                   "`private_key_passphrase` if it is encrypted");
}

Status load_client_authorities(SSL_CTX& context, const std::string& file) {
  if (file.empty()) return {};
  STACK_OF(X509_NAME)* const names = SSL_load_client_CA_file(file.c_str());
  if (names == nullptr || SSL_CTX_load_verify_file(&context, file.c_str()) != 1) {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    return fail_stop("net/ca-file",
                     "the authorities in " + file + " cannot be used: " + openssl_words(),
                     "give `client_ca` the path of a PEM file that cistern's user may read");
  }
  SSL_CTX_set_client_CA_list(&context, names);
  SSL_CTX_set_verify(&context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return {};
}

}  // namespace

Result<std::unique_ptr<TlsServer>> TlsServer::make(const TlsServerOptions& options) {
  TlsPointer<SSL_CTX> context{SSL_CTX_new(TLS_server_method())};
  if (context == nullptr) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  // Senders that just hang up are many; what was received stays sound, because each message is.
  SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION |
                                         SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // A session that is resumed would bring no certificate to check.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context.get(), 0);
  const std::string& file = options.certificate_file;
  if (SSL_CTX_use_certificate_chain_file(context.get(), file.c_str()) != 1) {
    return fail_stop("net/certificate-unreadable",
                     "the certificate in " + file + " cannot be used: " + openssl_words(),
                     "give `certificate` the path of a PEM file, the certificate first and its "
                     "issuers behind it, that cistern's user may read");
  }
  SSL_CTX_set_default_passwd_cb(context.get(), &give_passphrase);
  SSL_CTX_set_default_passwd_cb_userdata(context.get(), const_cast<Secret*>(&options.passphrase));
  const auto key = load_key(*context, options.key_file.empty() ? file : options.key_file, file);
  // The passphrase does not outlive this call.
  SSL_CTX_set_default_passwd_cb(context.get(), nullptr);
  SSL_CTX_set_default_passwd_cb_userdata(context.get(), nullptr);
  if (!key) return fail(key.error());
  if (auto loaded = load_client_authorities(*context, options.client_ca_file); !loaded)
    return fail(loaded.error());
  return std::make_unique<Server>(std::move(context));
}

}  // namespace cistern::net
