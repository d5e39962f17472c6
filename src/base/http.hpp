// HTTP messages as plain values, so that protocol machines can be written and tested without a
// socket.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cistern {

struct HttpHeader {
  std::string name;
  std::string value;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;  ///< Sent exactly as it stands.
  std::vector<HttpHeader> headers;
  std::string body;
  Duration timeout = std::chrono::seconds{120};  ///< For the whole exchange.
  std::uint64_t max_body =
      100ULL * 1024 * 1024;   ///< Of the decompressed body; reaching it is a failure.
  bool keep_encoded = false;  ///< Leave the body as received; the caller decodes Content-Encoding
                              ///< (large bodies, off the loop).
  bool sensitive = false;     ///< Body or headers hold a secret: never logged, wiped after use.
};

struct HttpResponse {
  int status = 0;
  std::vector<HttpHeader> headers;
  std::string body;              ///< Decompressed.
  std::uint64_t wire_bytes = 0;  ///< Received for the body, before decompression.
  Duration elapsed{0};

  /// The first header of that name (compared without case), or nothing.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

/// `scheme://host[:port]` of an absolute URL in lower case with the default port left out, or
/// nothing if it is not an absolute http or https URL with a host and without user information.
std::optional<std::string> url_origin(std::string_view url);

/// Delay asked for by a Retry-After value (seconds or an HTTP date), at most `limit`.
std::optional<Duration> parse_retry_after(std::string_view value, TimePoint now, Duration limit);

/// An HTTP date (IMF-fixdate), as in the Date header.
std::optional<TimePoint> parse_http_date(std::string_view value);

}  // namespace cistern
