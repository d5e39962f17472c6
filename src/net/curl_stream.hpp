// One long-lived answer: libcurl's side of it, its decompression, and what its reader is told.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "codec/stream_inflater.hpp"
#include "net/curl_exchange.hpp"
#include "net/curl_multi.hpp"
#include "net/http_stream.hpp"
#include "net/io_loop.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <curl/curl.h>

namespace cistern::net {

/// libcurl's callbacks only note what came; deliver() tells the reader, outside of libcurl. The
/// reader may close the stream in each of its callbacks, so whoever calls deliver() holds a
/// reference.
class CurlStream final : public std::enable_shared_from_this<CurlStream> {
 public:
  /// Streams with news, for the one who delivers after libcurl has returned.
  using News = std::vector<std::weak_ptr<CurlStream>>;

  CurlStream(IoLoop& loop, CurlMulti& multi, News& news, Duration idle_limit,
             HttpStreamEvents events);
  CurlStream(const CurlStream&) = delete;
  CurlStream& operator=(const CurlStream&) = delete;
  ~CurlStream() = default;

  /// Sends the request, which has passed check_request().
  void begin(HttpRequest request, std::string origin, const HttpClientOptions& options);
  /// Ends it later with this failure.
  void refuse(Failure failure);
  /// Nothing is told from now on. The client calls it as well before it goes.
  void close();
  void pause();
  void resume();

  /// libcurl is done with it.
  void note_done(CURLcode code);
  void deliver();

  [[nodiscard]] CURL* easy() const { return exchange_->easy(); }

 private:
  using Moment = std::chrono::steady_clock::time_point;

  [[nodiscard]] std::size_t take_body(std::string_view piece);
  void note();
  void later(void (CurlStream::*task)());

  [[nodiscard]] bool deliver_head();
  void deliver_bytes();
  void deliver_decoded();
  void gather_refusal();
  void tell_refusal();
  [[nodiscard]] bool ask_for_more();
  void finish_if_done();
  void finish(Status status);
  [[nodiscard]] Status status_of(CURLcode code) const;

  void watch_silence(Duration delay);
  void check_silence();

  static std::size_t body_callback(char* data, std::size_t size, std::size_t count, void* self);

  IoLoop& loop_;
  CurlMulti& multi_;
  News& news_;
  Duration idle_limit_;
  HttpStreamEvents events_;
  std::unique_ptr<CurlExchange> exchange_;  ///< Gone when closed or over.
  std::optional<codec::StreamInflater> inflater_;
  HttpResponse refusal_;  ///< An answer other than 2xx, while its body is gathered.

  std::string pending_;  ///< Received and not delivered, as received.
  std::uint64_t received_ = 0;
  bool drained_ = true;  ///< The inflater has given all that it can of `pending_`.
  bool head_complete_ = false;
  bool opened_ = false;
  bool refused_ = false;
  bool paused_ = false;
  bool closed_ = false;
  bool held_back_ = false;  ///< libcurl keeps a piece until it is asked to go on.
  bool noted_ = false;
  std::optional<CURLcode> done_;
  Moment last_byte_{};
  Loop::TimerId silence_timer_ = 0;
  Loop::TimerId refusal_timer_ = 0;
};

}  // namespace cistern::net
