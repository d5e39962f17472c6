#include "net/tls_client.hpp"

#include "base/bytes.hpp"
#include "net/tls_connection.hpp"

#include <algorithm>

namespace cistern::net {
namespace {

constexpr std::size_t kFingerprintDigits = 64;

class OpensslClient final : public TlsClient {
 public:
  OpensslClient(TlsPointer<SSL_CTX> context, const TlsClientOptions& options)
      : context_(std::move(context)),
        method_(make_socket_method()),
        server_name_(options.server_name),
        fingerprint_(options.fingerprint),
        names_matter_(options.fingerprint.empty() || !options.ca_file.empty()),
        has_certificate_(!options.certificate_file.empty()) {
    // So that tickets are told of; sessions are never used again.
    SSL_CTX_set_session_cache_mode(context_.get(),
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context_.get(), &TlsConnection::note_ticket);
  }

  Result<std::unique_ptr<Connection>> connect(const PeerAddress& peer, const SocketTimes& times,
                                              const Cancellation& cancellation) const override {
    auto socket = connect_stream(peer, times, cancellation);
    if (!socket) return fail(std::move(socket.error()));
    const std::string& name = server_name_.empty() ? peer.host : server_name_;
    ExpectedPeer expected{.name = names_matter_ ? name : std::string{},
                          .server_name = name,
                          .fingerprint = fingerprint_,
                          .has_certificate = has_certificate_};
    auto made = std::make_unique<TlsConnection>(peer, std::move(*socket), *context_, *method_,
                                                std::move(expected), cancellation);
    if (auto shaken = made->shake_hands(times.connect); !shaken)
      return fail(std::move(shaken.error()));
    return std::unique_ptr<Connection>(std::move(made));
  }

 private:
  TlsPointer<SSL_CTX> context_;
  TlsPointer<BIO_METHOD> method_;
  std::string server_name_;
  std::string fingerprint_;
  bool names_matter_;
  bool has_certificate_;
};

}  // namespace

std::optional<std::string> normal_fingerprint(std::string_view text) {
  std::string all = lower_case(text);
  constexpr std::string_view kPrefix = "sha256:";
  if (all.starts_with(kPrefix)) all.erase(0, kPrefix.size());
  std::string digits;
  for (const char c : all) {
    if (c == ':' || c == ' ') continue;
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return std::nullopt;
    digits += c;
  }
  if (digits.size() != kFingerprintDigits) return std::nullopt;
  return digits;
}

Result<std::unique_ptr<TlsClient>> TlsClient::make(const TlsClientOptions& options, TimePoint now) {
  auto context = make_tls_context(options, now);
  if (!context) return fail(std::move(context.error()));
  return std::unique_ptr<TlsClient>(std::make_unique<OpensslClient>(std::move(*context), options));
}

}  // namespace cistern::net
