// Requests and answers of the simulators as plain values, and how an answer is to be spoiled.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cistern::lab {

using Parameters = std::vector<std::pair<std::string, std::string>>;

struct Header {
  std::string name;
  std::string value;
};

struct Request {
  std::string method;
  std::string target;  ///< As it came.
  std::string path;    ///< Percent-decoded part before `?`.
  Parameters query;    ///< Percent-decoded, in order.
  std::vector<Header> headers;
  std::string body;
  std::string base_url;  ///< Scheme and authority that the client used: "http://127.0.0.1:4711".

  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
  /// Query parameter; the vendor compares the names without case.
  [[nodiscard]] std::optional<std::string_view> parameter(std::string_view name) const;
  /// Whether the client offers gzip (`Accept-Encoding`, with `q=0` as a refusal).
  [[nodiscard]] bool accepts_gzip() const;
};

/// A body without a set end, asked for bytes while its connection lasts. It is destroyed when the
/// connection is over, however that came about: by the client, by us, or because the lab stops.
class LiveBody {
 public:
  enum class Next : std::uint8_t {
    bytes,    ///< `piece` holds some.
    nothing,  ///< Not now; asked again within 20 ms.
    end,      ///< The body ends in order.
    cut,      ///< The connection closes in the middle of the body.
  };
  virtual ~LiveBody() = default;
  /// Replaces `piece` by 1 to `limit` bytes, sent as one chunk. Calls come one after the other.
  virtual Next next(std::string& piece, std::size_t limit) = 0;
};

/// What follows an answer's header. At most one of the members is used.
struct Body {
  std::shared_ptr<const std::string> text;
  std::uint64_t zeros = 0;  ///< That many zero bytes, made while they are sent.
  std::function<bool(std::string&)>
      stream;                      ///< Fills the next piece; false at the end. Sent in chunks.
  std::shared_ptr<LiveBody> live;  ///< Sent in chunks; the connection closes behind it.
};

/// How the answer goes over the wire when a fault wants it otherwise.
struct Delivery {
  Duration delay{0};                       ///< Before the first byte.
  std::optional<std::uint64_t> cut_after;  ///< Body bytes, after which the connection is closed.
  std::optional<std::uint64_t> end_after;  ///< Bytes of a live body, after which it ends in order.
  std::uint64_t bytes_per_second = 0;      ///< Of the body; 0: as fast as it goes.
  bool reset = false;                      ///< No answer at all: the connection is reset.
  bool chunked = false;                    ///< No Content-Length.
};

struct Response {
  int status = 200;
  std::vector<Header> headers;  ///< Besides Date, Server, Content-Length and the like.
  std::string content_type = "application/json; charset=utf-8";
  Body body;
  bool gzipped = false;  ///< `body.text` is a gzip member already.
  Delivery delivery;
  /// Instead of all of the above: asked every 20 ms until it gives the answer. A long poll then
  /// holds no thread. It gives one within a bounded time, and holds what it uses.
  std::function<std::optional<Response>()> later;

  [[nodiscard]] std::string_view text() const {
    return body.text ? std::string_view{*body.text} : std::string_view{};
  }
};

/// Runs on the harness's threads, several at a time.
using Handler = std::function<Response(const Request&)>;

Response text_response(int status, std::string body,
                       std::string content_type = "application/json; charset=utf-8");

/// Percent-decoding; nothing when a `%` is not followed by two hexadecimal digits. `plus_is_blank`
/// as in form bodies and query strings.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank);

/// `a=1&b=2`; nothing when a part cannot be decoded.
std::optional<Parameters> parse_parameters(std::string_view text);

/// IMF-fixdate, as in the Date header.
std::string http_date(TimePoint time);

std::string_view reason_phrase(int status);

/// One gzip member, fast rather than small.
std::string gzip_fast(std::string_view text);

}  // namespace cistern::lab
