#include "net/tls_connection.hpp"

#include "base/bytes.hpp"
#include "net/certificate.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <new>

#include <linux/sockios.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/ioctl.h>

namespace cistern::net {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Servers that send tickets do so at once; those that never do cost a connection this much.
constexpr Duration kVerdictWait = std::chrono::milliseconds{500};

bool is_address(const std::string& host) {
  const std::unique_ptr<ASN1_OCTET_STRING, decltype(&ASN1_OCTET_STRING_free)> parsed{
      a2i_IPADDRESS(host.c_str()), &ASN1_OCTET_STRING_free};
  return parsed != nullptr;
}

}  // namespace

TlsConnection::TlsConnection(PeerAddress peer, Descriptor socket, SSL_CTX& context,
                             const BIO_METHOD& method, ExpectedPeer expected,
                             const Cancellation& cancellation)
    : peer_(std::move(peer)),
      socket_(std::move(socket)),
      expected_(std::move(expected)),
      cancellation_(cancellation),
      tls_(SSL_new(&context)) {
  BIO* const bio = BIO_new(&method);
  if (tls_ == nullptr || bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket_.get())));
  BIO_set_init(bio, 1);
  SSL_set_bio(tls_.get(), bio, bio);
  SSL_set_app_data(tls_.get(), this);
}

// ---- the handshake ----

Status TlsConnection::expect_peer() {
  SSL* const tls = tls_.get();
  if (!expected_.server_name.empty() && !is_address(expected_.server_name)) {
    if (SSL_set_tlsext_host_name(tls, expected_.server_name.c_str()) != 1)
      return fail(tls_failure(peer_, expected_.has_certificate));
  }
  if (expected_.name.empty()) {
    SSL_set_verify(tls, SSL_VERIFY_NONE, nullptr);
    return {};
  }
  SSL_set_verify(tls, SSL_VERIFY_PEER, &TlsConnection::look);
  X509_VERIFY_PARAM* const rules = SSL_get0_param(tls);
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const bool set = is_address(expected_.name)
                       ? X509_VERIFY_PARAM_set1_ip_asc(rules, expected_.name.c_str()) == 1
                       : X509_VERIFY_PARAM_set1_host(rules, expected_.name.c_str(), 0) == 1;
  if (!set) return fail(tls_failure(peer_, expected_.has_certificate));
  return {};
}

// Called for each step of the verification; decides nothing but remembers what was presented.
int TlsConnection::look(int verdict, X509_STORE_CTX* store) {
  const auto* const tls = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  if (verdict == 1 || tls == nullptr) return verdict;
  auto* const self = static_cast<TlsConnection*>(SSL_get_app_data(tls));
  if (self->presented_.verify_error != X509_V_OK) return verdict;
  self->presented_.verify_error = X509_STORE_CTX_get_error(store);
  const X509* const leaf = X509_STORE_CTX_get0_cert(store);
  if (leaf != nullptr) describe_certificate(*leaf, self->presented_);
  return verdict;
}

int TlsConnection::note_ticket(SSL* tls, SSL_SESSION* /*session*/) {
  static_cast<TlsConnection*>(SSL_get_app_data(tls))->heard_ = true;
  return 0;  // The session is not kept.
}

Status TlsConnection::step_hands(Duration limit) {
  const auto until = SteadyClock::now() + limit;
  while (true) {
    ERR_clear_error();
    const int result = SSL_connect(tls_.get());
    const int saved_errno = errno;
    if (result == 1) return {};
    const int wants = SSL_get_error(tls_.get(), result);
    if (wants != SSL_ERROR_WANT_READ && wants != SSL_ERROR_WANT_WRITE) {
      broken_ = true;
      if (presented_.verify_error != X509_V_OK)
        return fail(certificate_failure(peer_, expected_.name, presented_));
      return fail(failure_of(result, saved_errno));
    }
    const auto events = static_cast<short>(wants == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT);
    const Duration left = std::max<Duration>(until - SteadyClock::now(), Duration{0});
    const auto waited = cancellation_.wait(socket_.get(), events, left);
    if (waited == Cancellation::Waited::cancelled) return fail(cancelled_failure());
    if (waited == Cancellation::Waited::timed_out) {
      return fail(timeout_failure(peer_, "the TLS handshake", limit,
                                  "something accepts the connection and keeps silent: check that "
                                  "the port is the one for TLS"));
    }
  }
}

Status TlsConnection::check_pin() {
  if (expected_.fingerprint.empty()) return {};
  const X509* const leaf = SSL_get0_peer_certificate(tls_.get());
  if (leaf != nullptr) {
    if (hex_encode(thumbprint(*leaf, EVP_sha256())) == expected_.fingerprint) return {};
    describe_certificate(*leaf, presented_);
  }
  return fail(pin_failure(peer_, presented_));
}

Status TlsConnection::hear_verdict(Duration limit) {
  if (SSL_version(tls_.get()) < TLS1_3_VERSION) return {};
  const auto until = SteadyClock::now() + std::min(limit, kVerdictWait);
  while (!heard_) {
    if (const auto alive = pass_over_arrived(*this); !alive) return alive;
    const Duration left = until - SteadyClock::now();
    if (heard_ || left <= Duration{0}) break;
    const auto waited = wait(false, left);
    if (!waited) return fail(waited.error());
  }
  return {};
}

Status TlsConnection::shake_hands(Duration limit) {
  if (auto set = expect_peer(); !set) return set;
  if (auto shaken = step_hands(limit); !shaken) return shaken;
  if (auto known = check_pin(); !known) return known;
  return hear_verdict(limit);
}

// ---- after it ----

Failure TlsConnection::failure_of(int result, int saved_errno) {
  const int kind = SSL_get_error(tls_.get(), result);
  if (kind == SSL_ERROR_SYSCALL && saved_errno != 0 && ERR_peek_error() == 0)
    return socket_failure(peer_, saved_errno);
  if (kind == SSL_ERROR_ZERO_RETURN || kind == SSL_ERROR_SYSCALL)
    return socket_failure(peer_, ECONNRESET);
  return tls_failure(peer_, expected_.has_certificate);
}

Result<std::size_t> TlsConnection::write_some(std::string_view bytes) {
  if (bytes.empty()) return std::size_t{0};
  ERR_clear_error();
  write_waits_for_read_ = false;
  const auto most = static_cast<int>(std::min<std::size_t>(bytes.size(), INT_MAX));
  const int result = SSL_write(tls_.get(), bytes.data(), most);
  const int saved_errno = errno;
  if (result > 0) return static_cast<std::size_t>(result);
  const int wants = SSL_get_error(tls_.get(), result);
  if (wants == SSL_ERROR_WANT_READ) write_waits_for_read_ = true;
  if (wants == SSL_ERROR_WANT_READ || wants == SSL_ERROR_WANT_WRITE) return std::size_t{0};
  broken_ = true;
  return fail(failure_of(result, saved_errno));
}

Result<Connection::Arrived> TlsConnection::read_some(std::span<char> into) {
  ERR_clear_error();
  read_waits_for_write_ = false;
  const auto most = static_cast<int>(std::min<std::size_t>(into.size(), INT_MAX));
  const int result = SSL_read(tls_.get(), into.data(), most);
  const int saved_errno = errno;
  if (result > 0) {
    acknowledge_at_once(socket_);
    return Arrived{.bytes = static_cast<std::size_t>(result), .ended = false};
  }
  const int wants = SSL_get_error(tls_.get(), result);
  if (wants == SSL_ERROR_WANT_WRITE) read_waits_for_write_ = true;
  if (wants == SSL_ERROR_WANT_READ || wants == SSL_ERROR_WANT_WRITE) return Arrived{};
  if (wants == SSL_ERROR_ZERO_RETURN) return Arrived{.bytes = 0, .ended = true};
  broken_ = true;
  return fail(failure_of(result, saved_errno));
}

Result<bool> TlsConnection::wait(bool to_write, Duration limit) {
  if (cancellation_.cancelled()) return fail(cancelled_failure());
  if (SSL_pending(tls_.get()) > 0) return true;
  short events = POLLIN;
  if ((to_write && !write_waits_for_read_) || read_waits_for_write_) events |= POLLOUT;
  const auto waited = cancellation_.wait(socket_.get(), events, limit);
  if (waited == Cancellation::Waited::cancelled) return fail(cancelled_failure());
  return waited == Cancellation::Waited::ready;
}

Result<std::uint64_t> TlsConnection::unacknowledged() const {
  int bytes = 0;
  if (::ioctl(socket_.get(), SIOCOUTQ, &bytes) != 0) return fail(socket_failure(peer_, errno));
  return static_cast<std::uint64_t>(bytes);
}

void TlsConnection::close() {
  if (socket_.get() < 0) return;
  ERR_clear_error();
  if (!broken_ && SSL_is_init_finished(tls_.get()) == 1)
    static_cast<void>(SSL_shutdown(tls_.get()));
  ERR_clear_error();
  end_stream(socket_);
}

}  // namespace cistern::net
