// Long-lived HTTP answers that are read as they come.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "net/http_client.hpp"

#include <functional>
#include <memory>
#include <string_view>

namespace cistern::net {

class IoLoop;

/// One stream that is being opened or read. Destroying it ends it; nothing is called afterwards.
class HttpStream {
 public:
  virtual ~HttpStream() = default;
  /// Bytes stop coming: the connection is not read any more, so the peer has to wait. A head or an
  /// end that has not been told waits as well. Up to 256 KiB that were received already are held.
  virtual void pause() = 0;
  virtual void resume() = 0;
};

/// Called on the loop: `opened` or `ended` first; after `opened` the bytes in order, then `ended`.
/// Each may pause, resume or destroy its stream.
struct HttpStreamEvents {
  /// The head of the answer. For a status other than 2xx it comes with the first 64 KiB of the body
  /// (what came of them within ten seconds), and `ended` follows.
  std::function<void(const HttpResponse&)> opened;
  /// Without its Content-Encoding (gzip, deflate in zlib form), at most 128 KiB a call.
  std::function<void(std::string_view)> bytes;
  /// Success: the peer ended the answer in order. Failures as HttpClient's: among them "net/cut"
  /// (the connection ended or broke inside the answer), "net/timeout" (the phase is named, or that
  /// nothing came for the idle limit), "net/encoding" (damaged or unknown compression).
  std::function<void(Status)> ended;
};

/// Opens streams, any number at the same time, each with a connection of its own. Lives on the I/O
/// loop: calls and callbacks happen there, callbacks never inside open().
///
/// As with HttpClient certificates and host names are always checked, redirects are not followed
/// and HTTP/1.1 is spoken. There is no limit on the time or size of a whole answer. Compression is
/// offered only where the request does so itself, because a compressor on the way may hold back
/// what was sent. A sensitive request goes only to https, or to this machine ("net/url").
class HttpStreamClient {
 public:
  virtual ~HttpStreamClient() = default;
  /// `request.timeout` and `request.max_body` do not apply. When no byte comes for `idle_limit`
  /// although the stream is read, it ends.
  virtual std::unique_ptr<HttpStream> open(HttpRequest request, Duration idle_limit,
                                           HttpStreamEvents events) = 0;
};

/// Destroy it on the loop, or after the loop has stopped; its streams end without a word. Of the
/// options `stall_timeout`, `max_connections` and `max_starting` do not apply.
std::unique_ptr<HttpStreamClient> make_http_stream_client(IoLoop& loop, HttpClientOptions options);

}  // namespace cistern::net
