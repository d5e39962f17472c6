#include "lab/syslog/socket_calls.hpp"

#include <algorithm>
#include <utility>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace cistern::lab {

namespace {

constexpr Duration kHandshakeTime = std::chrono::seconds{10};

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeSession {
  void operator()(SSL* session) const { SSL_free(session); }
};
using Context = std::unique_ptr<SSL_CTX, FreeContext>;
using Session = std::unique_ptr<SSL, FreeSession>;

class TlsLink final : public Link {
 public:
  TlsLink(Descriptor socket, Context context, Session session, const std::atomic<bool>& hurry)
      : socket_(std::move(socket)),
        context_(std::move(context)),
        session_(std::move(session)),
        hurry_(hurry) {}

  std::size_t write(std::string_view bytes) override {
    std::size_t done = 0;
    while (done < bytes.size()) {
      // A record of TLS each: what was not taken as a whole was not sent.
      const auto piece = std::min<std::size_t>(bytes.size() - done, 16 * 1024);
      const int sent = SSL_write(session_.get(), bytes.data() + done, static_cast<int>(piece));
      if (sent > 0) {
        done += static_cast<std::size_t>(sent);
      } else if (!wait_for_tls(sent, std::chrono::hours{1}, hurry_)) {
        break;
      }
    }
    return done;
  }

  bool read(std::string& into, Duration wait) override {
    char buffer[16 * 1024];
    for (;;) {
      const int got = SSL_read(session_.get(), buffer, sizeof buffer);
      if (got > 0) {
        into.append(buffer, static_cast<std::size_t>(got));
        return true;
      }
      const int why = SSL_get_error(session_.get(), got);
      if (why != SSL_ERROR_WANT_READ) return false;
      // What came may be no message but the protocol's own; then there is nothing to hand on yet.
      if (!wait_readable(socket_.number(), wait, hurry_)) return true;
      wait = Duration{0};
    }
  }

  bool finish(Duration wait) override {
    const std::atomic<bool> never{false};
    for (int sent = SSL_shutdown(session_.get()); sent <= 0;) {
      if (sent == 0) break;
      if (!wait_for_tls(sent, wait, never)) return false;
      sent = SSL_shutdown(session_.get());
    }
    char buffer[4096];
    for (;;) {
      const int got = SSL_read(session_.get(), buffer, sizeof buffer);
      if (got > 0) continue;
      if (SSL_get_error(session_.get(), got) == SSL_ERROR_ZERO_RETURN) return true;
      if (!wait_for_tls(got, wait, never)) return false;
    }
  }

  void reset() override {
    reset_on_close(socket_.number());
    socket_.close();
  }

 private:
  bool wait_for_tls(int result, Duration wait, const std::atomic<bool>& hurry) {
    const int why = SSL_get_error(session_.get(), result);
    if (why == SSL_ERROR_WANT_READ) return wait_readable(socket_.number(), wait, hurry);
    if (why == SSL_ERROR_WANT_WRITE) return wait_writable(socket_.number(), wait, hurry);
    return false;
  }

  Descriptor socket_;
  Context context_;
  Session session_;
  const std::atomic<bool>& hurry_;
};

tl::unexpected<Failure> refused(const Target& target, const std::string& why) {
  return fail_retry("lab/tls-refused",
                    "the lab's sender and " + to_string(target) + " do not agree on TLS: " + why,
                    "give the collector the certificate and key that the lab has made");
}

Result<Context> make_context(const TlsFiles& files) {
  Context context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE);
  const bool usable =
      SSL_CTX_load_verify_locations(context.get(), files.authority.c_str(), nullptr) == 1 &&
      SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) == 1 &&
      SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) == 1;
  if (usable) return context;
  return fail_stop("lab/bad-certificates",
                   "the lab's certificates below " + files.authority + " cannot be used",
                   "remove the folder; the lab makes it anew");
}

bool name_the_peer(SSL* session, const std::string& host) {
  auto* const checks = SSL_get0_param(session);
  if (X509_VERIFY_PARAM_set1_ip_asc(checks, host.c_str()) == 1) return true;
  return X509_VERIFY_PARAM_set1_host(checks, host.c_str(), 0) == 1 &&
         SSL_set_tlsext_host_name(session, host.c_str()) == 1;
}

}  // namespace

Result<std::unique_ptr<Link>> connect_tls(const Target& target, const TlsFiles& files,
                                          const std::atomic<bool>& hurry) {
  auto context = make_context(files);
  if (!context) return fail(context.error());
  auto socket = connect_stream(target);
  if (!socket) return fail(socket.error());
  Session session(SSL_new(context->get()));
  if (!name_the_peer(session.get(), target.host)) return refused(target, "its name is no name");
  SSL_set_fd(session.get(), socket->number());
  for (;;) {
    const int done = SSL_connect(session.get());
    if (done == 1) break;
    const int why = SSL_get_error(session.get(), done);
    const bool ready =
        why == SSL_ERROR_WANT_READ
            ? wait_readable(socket->number(), kHandshakeTime, hurry)
            : why == SSL_ERROR_WANT_WRITE && wait_writable(socket->number(), kHandshakeTime, hurry);
    if (!ready)
      return refused(target, X509_verify_cert_error_string(SSL_get_verify_result(session.get())));
  }
  return std::make_unique<TlsLink>(std::move(*socket), std::move(*context), std::move(session),
                                   hurry);
}

}  // namespace cistern::lab
