// The HTTP client: libcurl's multi interface driven by the I/O loop.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace cistern::net {

struct HttpClientOptions {
  std::string proxy;       ///< "http://host:port", empty for none (the environment is not asked).
  std::string proxy_user;  ///< For Basic authentication, the only kind offered.
  Secret proxy_password;
  std::string ca_file;  ///< PEM bundle that replaces the system's; empty for the system's.
  std::string user_agent = "cistern";
  Duration connect_timeout = std::chrono::seconds{15};
  Duration stall_timeout = std::chrono::seconds{30};  ///< No byte for so long ends the exchange.
  unsigned max_connections = 64;
  unsigned max_starting = 16;  ///< libcurl resolves each new name in a thread of its own.
};

/// Sends requests, any number at the same time. Lives on the I/O loop: calls and callbacks happen
/// there, callbacks never inside send().
///
/// Certificates and host names are always checked. Redirects are not followed: the response with
/// its 3xx status is handed over, and no header goes to another host. Offers gzip; speaks
/// HTTP/1.1.
///
/// Failures (all Verdict::retry unless said otherwise), each with host and cause in words:
/// "net/dns", "net/connect", "net/timeout" (the phase is named), "net/tls" (stop: certificate or
/// host name refused, with the reason and the names in the certificate; a handshake that merely
/// failed is repeated), "net/proxy-password" (stop: status 407), "net/proxy" (stop: refused by the
/// proxy; a proxy that is away or cannot reach the host is repeated),
/// "net/cut" (fewer bytes than announced, or reset), "net/too-large" (stop: body or headers),
/// "net/encoding" (damaged or unknown compression), "net/protocol", "net/url" (stop).
///
/// Bounds: HttpRequest::max_body for the body as received and as decompressed, 64 KiB and 200 lines
/// for the headers of a response.
class HttpClient {
 public:
  using Callback = std::function<void(Result<HttpResponse>)>;
  using Handle = std::uint64_t;
  virtual ~HttpClient() = default;
  virtual Handle send(HttpRequest request, Callback done) = 0;
  /// The callback will not be called. Unknown and finished handles are ignored.
  virtual void cancel(Handle handle) = 0;
};

/// The body of a response without its Content-Encoding (identity, gzip, x-gzip, deflate, and lists
/// of at most two of them), at most `max` bytes. For requests with `keep_encoded`; costs CPU time
/// in proportion to the body, so call it off the loop. Failures "net/encoding" and "net/too-large".
Result<std::string> decode_body(const HttpResponse& response, std::uint64_t max);

}  // namespace cistern::net
