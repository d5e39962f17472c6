#include "net/tls_context.hpp"

#include "net/certificate.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <new>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/socket.h>

namespace cistern::net {
namespace {

std::string openssl_words() {
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason == nullptr ? "no reason given" : reason;
}

int give_passphrase(char* buffer, int size, int /*writing*/, void* user) {
  return static_cast<const Secret*>(user)->use([&](std::string_view text) {
    if (text.empty() || text.size() > static_cast<std::size_t>(size)) return -1;
    std::memcpy(buffer, text.data(), text.size());
    return static_cast<int>(text.size());
  });
}

Status load_authorities(SSL_CTX& context, const TlsClientOptions& options) {
  const bool loaded = options.ca_file.empty()
                          ? SSL_CTX_set_default_verify_paths(&context) == 1
                          : SSL_CTX_load_verify_file(&context, options.ca_file.c_str()) == 1;
  if (loaded) return {};
  return fail_stop(
      "net/ca-file",
      (options.ca_file.empty() ? "the system's certificate authorities" : options.ca_file) +
          " cannot be used: " + openssl_words(),
      "give `ca_file` the path of a PEM file (\"-----BEGIN CERTIFICATE-----\") that "
      "cistern's user may read");
}

Status check_client_time(SSL_CTX& context, const std::string& file, TimePoint now) {
  const X509* const certificate = SSL_CTX_get0_certificate(&context);
  if (certificate == nullptr || now <= not_after(*certificate)) return {};
  return fail_stop("net/client-certificate-expired",
                   "the client certificate in " + file + " has expired at " +
                       format_time_seconds(not_after(*certificate)) + "Z",
                   "have a new one made and put it there; if the time is wrong, set this machine's "
                   "clock right");
}

Status load_client(SSL_CTX& context, const TlsClientOptions& options, TimePoint now) {
  const std::string& file = options.certificate_file;
  if (file.empty()) return {};
  const std::string& key_file = options.key_file.empty() ? file : options.key_file;
  if (SSL_CTX_use_certificate_chain_file(&context, file.c_str()) != 1) {
    return fail_stop("net/certificate-unreadable",
                     "the client certificate in " + file + " cannot be used: " + openssl_words(),
                     "give `certificate` the path of a PEM file, the certificate first and its "
                     "issuers behind it, that cistern's user may read");
  }
  if (SSL_CTX_use_PrivateKey_file(&context, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    if (ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH) {
      ERR_clear_error();
      return fail_stop(
          "net/key-mismatch",
          "the private key in " + key_file + " does not belong to the certificate in " + file,
          "give `private_key` the key that was made together with the certificate");
    }
    return fail_stop("net/key-unreadable",
                     "the private key in " + key_file + " cannot be used: " + openssl_words(),
                     "give `private_key` the path of a PEM key that cistern's user may read, and "
                     "`private_key_passphrase` if it is encrypted");
  }
  return check_client_time(context, file, now);
}

int descriptor_of(BIO* bio) {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

bool worth_trying_again() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ENOBUFS;
}

int socket_write(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t sent =
      ::send(descriptor_of(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (sent < 0 && worth_trying_again()) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int socket_read(BIO* bio, char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t got = ::recv(descriptor_of(bio), bytes, static_cast<std::size_t>(size), 0);
  if (got < 0 && worth_trying_again()) BIO_set_retry_read(bio);
  if (got == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(got);
}

long socket_control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

}  // namespace

Result<TlsPointer<SSL_CTX>> make_tls_context(const TlsClientOptions& options, TimePoint now) {
  TlsPointer<SSL_CTX> context{SSL_CTX_new(TLS_client_method())};
  if (context == nullptr) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  // Partial writes let a batch be handed over record by record; a receiver that just hangs up has
  // nothing to forge, because nothing that it says is believed.
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION |
                                         SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_default_passwd_cb(context.get(), &give_passphrase);
  SSL_CTX_set_default_passwd_cb_userdata(context.get(), const_cast<Secret*>(&options.passphrase));
  const bool pin_alone = !options.fingerprint.empty() && options.ca_file.empty();
  if (!pin_alone) {
    if (auto loaded = load_authorities(*context, options); !loaded) return fail(loaded.error());
  }
  auto client = load_client(*context, options, now);
  // The passphrase does not outlive this call.
  SSL_CTX_set_default_passwd_cb(context.get(), nullptr);
  SSL_CTX_set_default_passwd_cb_userdata(context.get(), nullptr);
  if (!client) return fail(client.error());
  return context;
}

TlsPointer<BIO_METHOD> make_socket_method() {
  TlsPointer<BIO_METHOD> method{BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket")};
  if (method == nullptr) throw std::bad_alloc();
  BIO_meth_set_write(method.get(), &socket_write);
  BIO_meth_set_read(method.get(), &socket_read);
  BIO_meth_set_ctrl(method.get(), &socket_control);
  return method;
}

}  // namespace cistern::net
