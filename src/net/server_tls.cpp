#include "net/server_tls.hpp"

#include "net/certificate.hpp"

#include <string>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace cistern::net {
namespace {

namespace asio = boost::asio;
using Context = asio::ssl::context;
using boost::system::error_code;

tl::unexpected<Failure> bad_certificate(const error_code& error) {
  return fail_stop("net/certificate-unreadable",
                   "the certificate to be shown cannot be used: " + error.message(),
                   "give a PEM file, the certificate first and its issuers behind it, that "
                   "cistern's user may read");
}

tl::unexpected<Failure> bad_key(const error_code& error) {
  return fail_stop(
      "net/key-unreadable",
      "the private key of the certificate to be shown cannot be used: " + error.message(),
      "give a PEM file with the key that cistern's user may read");
}

}  // namespace

Result<std::shared_ptr<Context>> make_server_context(const ServerCertificate& certificate) {
  auto context = std::make_shared<Context>(Context::tls_server);
  SSL_CTX* const native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(
      native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  ERR_clear_error();
  error_code error;
  context->set_password_callback(
      [&](std::size_t, Context::password_purpose) {
        return certificate.passphrase.use([](std::string_view text) { return std::string(text); });
      },
      error);
  context->use_certificate_chain(asio::buffer(certificate.certificate_pem), error);
  if (error) return bad_certificate(error);
  certificate.private_key_pem.use([&](std::string_view pem) {
    context->use_private_key(asio::buffer(pem), Context::pem, error);
  });
  ERR_clear_error();
  if (error &&
      ERR_GET_REASON(static_cast<unsigned long>(error.value())) == X509_R_KEY_VALUES_MISMATCH) {
    return fail_stop("net/key-mismatch",
                     "the private key does not belong to the certificate to be shown",
                     "give the key that was made together with the certificate");
  }
  if (error) return bad_key(error);
  // The passphrase does not outlive this call.
  context->set_password_callback(
      [](std::size_t, Context::password_purpose) { return std::string{}; }, error);
  return context;
}

Status check_server_certificate(const ServerCertificate& certificate, TimePoint now) {
  const auto context = make_server_context(certificate);
  if (!context) return fail(context.error());
  const auto read = read_certificate(certificate.certificate_pem);
  if (!read) return fail(read.error());
  if (now <= not_after(**read)) return {};
  return fail_stop(
      "net/certificate-expired",
      "the certificate to be shown has expired at " + format_time_seconds(not_after(**read)) + "Z",
      "have a new one made and put it in the place of the old one; if the time is "
      "wrong, set this machine's clock right");
}

}  // namespace cistern::net
