#include "base/http.hpp"
#include "net/curl_multi.hpp"
#include "net/curl_stream.hpp"
#include "net/http_stream.hpp"
#include "net/safe_url.hpp"

#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cistern::net {
namespace {

class OpenStream final : public HttpStream {
 public:
  explicit OpenStream(std::shared_ptr<CurlStream> stream) : stream_(std::move(stream)) {}
  OpenStream(const OpenStream&) = delete;
  OpenStream& operator=(const OpenStream&) = delete;
  ~OpenStream() override { stream_->close(); }
  void pause() override { stream_->pause(); }
  void resume() override { stream_->resume(); }

 private:
  std::shared_ptr<CurlStream> stream_;
};

Status check_stream(const HttpRequest& request, const std::optional<std::string>& origin,
                    const HttpClientOptions& options) {
  if (Status proxy = check_proxy(options); !proxy) return proxy;
  if (Status sendable = check_request(request, origin); !sendable) return sendable;
  if (!request.sensitive) return {};
  const auto safe = require_safe_url(request.url, "the address of the stream");
  return safe ? Status{} : fail(safe.error());
}

class CurlStreamClient final : public HttpStreamClient, private CurlMulti::Listener {
 public:
  CurlStreamClient(IoLoop& loop, HttpClientOptions options)
      : loop_(loop), options_(std::move(options)), multi_(loop, *this, 0) {}
  CurlStreamClient(const CurlStreamClient&) = delete;
  CurlStreamClient& operator=(const CurlStreamClient&) = delete;

  ~CurlStreamClient() override {
    for (const auto& [easy, stream] : streams_) {
      if (const auto alive = stream.lock()) alive->close();
    }
  }

  std::unique_ptr<HttpStream> open(HttpRequest request, Duration idle_limit,
                                   HttpStreamEvents events) override {
    auto stream = std::make_shared<CurlStream>(loop_, multi_, news_, idle_limit, std::move(events));
    const auto origin = url_origin(request.url);
    if (const Status fit = check_stream(request, origin, options_); !fit) {
      stream->refuse(fit.error());
    } else {
      stream->begin(std::move(request), *origin, options_);
      std::erase_if(streams_, [](const auto& entry) { return entry.second.expired(); });
      streams_[stream->easy()] = stream;
    }
    return std::make_unique<OpenStream>(std::move(stream));
  }

 private:
  void on_done(CURL* easy, CURLcode code) override {
    const auto found = streams_.find(easy);
    if (found == streams_.end()) return;
    if (const auto stream = found->second.lock()) stream->note_done(code);
  }

  void on_acted() override {
    // A reader may destroy this client in its callback; nothing of it is touched behind.
    const auto news = std::exchange(news_, {});
    for (const auto& stream : news) {
      if (const auto alive = stream.lock()) alive->deliver();
    }
  }

  IoLoop& loop_;
  const HttpClientOptions options_;
  CurlStream::News news_;
  CurlMulti multi_;
  std::unordered_map<CURL*, std::weak_ptr<CurlStream>> streams_;
};

}  // namespace

std::unique_ptr<HttpStreamClient> make_http_stream_client(IoLoop& loop, HttpClientOptions options) {
  return std::make_unique<CurlStreamClient>(loop, std::move(options));
}

}  // namespace cistern::net
