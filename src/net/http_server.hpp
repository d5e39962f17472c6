// A small HTTP server: metrics and health on a loopback port, and addresses that a vendor calls,
// with TLS where the way to them is public.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "net/io_loop.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::net {

struct ServedRequest {
  std::string method;
  std::string target;
  std::string body;
  std::vector<HttpHeader> headers = {};

  /// The first header of that name (compared without case), or nothing.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

struct ServedResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body = {};
};

/// The certificate that a server shows.
struct ServerCertificate {
  std::string certificate_pem;  ///< Its issuers behind it.
  Secret private_key_pem;
  Secret passphrase;  ///< Of the key; empty for none.
};

struct HttpServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;                             ///< 0: any free one.
  std::optional<ServerCertificate> certificate = {};  ///< None: plain HTTP.
  std::size_t max_connections = 64;
  std::uint64_t max_body = 48 * 1024;
  Duration request_time = std::chrono::seconds{10};  ///< For a handshake, and for each request.
  /// Told of what never reached the handler: "connections", "tls", "timeout", "too-large",
  /// "not-http".
  std::function<void(std::string_view)> refused = {};
};

class HttpServer {
 public:
  virtual ~HttpServer() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;  ///< The real one when 0 was asked for.
  [[nodiscard]] virtual std::size_t connections() const = 0;  ///< Open now.
  [[nodiscard]] virtual std::uint64_t accepted() const = 0;   ///< Connections since the start.
  /// From now on new connections are shown this certificate. Failures as serve_http().
  virtual Status show(const ServerCertificate& certificate) = 0;
};

/// Whether a server could show it at `now`: "net/certificate-unreadable", "net/key-unreadable",
/// "net/key-mismatch", "net/certificate-expired", all Verdict::stop.
Status check_server_certificate(const ServerCertificate& certificate, TimePoint now);

/// Listens. The handler runs on the loop and must be quick. Bounded: connections (the one whose
/// request is awaited longest gives way to a new one), 16 KiB of headers, the body, and the time of
/// each request. Failures, Verdict::stop: "net/listen", and those of the certificate.
Result<std::unique_ptr<HttpServer>> serve_http(
    IoLoop& loop, HttpServerOptions options,
    std::function<ServedResponse(const ServedRequest&)> handler);

/// The same without TLS, with the default bounds.
Result<std::unique_ptr<HttpServer>> serve_http(
    IoLoop& loop, const std::string& address, std::uint16_t port,
    std::function<ServedResponse(const ServedRequest&)> handler);

}  // namespace cistern::net
