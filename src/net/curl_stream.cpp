#include "net/curl_stream.hpp"

#include "base/bytes.hpp"
#include "net/curl_failure.hpp"

#include <algorithm>
#include <utility>

namespace cistern::net {
namespace {

// What may wait here while the reader is paused; beyond it the socket is not read.
constexpr std::size_t kMostPending = 128 * 1024;
// Smaller than for whole answers: there may be thousands of quiet streams.
constexpr long kReceiveBuffer = 64 * 1024;
constexpr std::size_t kMostInflated = 64 * 1024;
constexpr std::size_t kMostRefusal = 64 * 1024;
constexpr std::chrono::seconds kRefusalPatience{10};
// So that a peer that has gone is noticed below the idle limit of most streams, and middle boxes
// do not forget a quiet connection.
constexpr long kKeepAliveIdle = 30;
constexpr long kKeepAliveInterval = 15;

Result<bool> is_compressed(const HttpResponse& head) {
  const auto encoding = head.header("Content-Encoding");
  if (!encoding || encoding->empty() || equal_ignoring_case(*encoding, "identity")) return false;
  for (const std::string_view known : {"gzip", "x-gzip", "deflate"}) {
    if (equal_ignoring_case(*encoding, known)) return true;
  }
  return fail_retry(
      "net/encoding",
      "the stream has Content-Encoding \"" + excerpt(*encoding, 40) + "\", which was not asked for",
      "look for a proxy or gateway on the way that compresses answers by itself");
}

}  // namespace

CurlStream::CurlStream(IoLoop& loop, CurlMulti& multi, News& news, Duration idle_limit,
                       HttpStreamEvents events)
    : loop_(loop),
      multi_(multi),
      news_(news),
      idle_limit_(std::max<Duration>(idle_limit, std::chrono::milliseconds{1})),
      events_(std::move(events)) {}

void CurlStream::begin(HttpRequest request, std::string origin, const HttpClientOptions& options) {
  exchange_ =
      std::make_unique<CurlExchange>(std::move(request), std::move(origin), options, "identity");
  exchange_->on_head = [this] {
    head_complete_ = true;
    last_byte_ = std::chrono::steady_clock::now();
    note();
  };
  set_option(easy(), CURLOPT_BUFFERSIZE, kReceiveBuffer);
  set_option(easy(), CURLOPT_TCP_KEEPIDLE, kKeepAliveIdle);
  set_option(easy(), CURLOPT_TCP_KEEPINTVL, kKeepAliveInterval);
  set_option(easy(), CURLOPT_WRITEFUNCTION, &CurlStream::body_callback);
  set_option(easy(), CURLOPT_WRITEDATA, static_cast<void*>(this));
  multi_.add(easy());
  last_byte_ = std::chrono::steady_clock::now();
  watch_silence(idle_limit_);
}

void CurlStream::refuse(Failure failure) {
  loop_.post([weak = weak_from_this(), failure = std::move(failure)] {
    const auto self = weak.lock();
    if (self && !self->closed_) self->finish(fail(failure));
  });
}

// What a callback captures stays until the stream goes: it may be the one that closes it.
void CurlStream::close() {
  closed_ = true;
  loop_.cancel(silence_timer_);
  loop_.cancel(refusal_timer_);
  if (exchange_ == nullptr) return;
  multi_.remove(easy());
  exchange_.reset();
}

void CurlStream::pause() {
  paused_ = true;
}

void CurlStream::resume() {
  if (!std::exchange(paused_, false)) return;
  last_byte_ = std::chrono::steady_clock::now();
  later(&CurlStream::deliver);
}

void CurlStream::later(void (CurlStream::*task)()) {
  loop_.post([weak = weak_from_this(), task] {
    if (const auto self = weak.lock()) ((*self).*task)();
  });
}

// ---- what libcurl says ----

std::size_t CurlStream::body_callback(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<CurlStream*>(self)->take_body({data, size * count});
}

std::size_t CurlStream::take_body(std::string_view piece) {
  exchange_->body_began();
  last_byte_ = std::chrono::steady_clock::now();
  note();
  if (paused_ || pending_.size() + piece.size() > kMostPending) {
    held_back_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  pending_.append(piece);
  received_ += piece.size();
  return piece.size();
}

void CurlStream::note_done(CURLcode code) {
  done_ = code;
  note();
}

void CurlStream::note() {
  if (!std::exchange(noted_, true)) news_.push_back(weak_from_this());
}

// ---- what the reader is told ----

void CurlStream::deliver() {
  const auto self = shared_from_this();
  noted_ = false;
  do {
    if (exchange_ == nullptr || paused_ || !deliver_head()) return;
    if (refused_) {
      gather_refusal();
    } else {
      deliver_bytes();
    }
  } while (ask_for_more());
  finish_if_done();
}

/// False when nothing can be told behind it: it has not come, or the reader closed the stream.
bool CurlStream::deliver_head() {
  if (opened_ || refused_) return true;
  if (!head_complete_) {
    if (done_) finish_if_done();
    return false;
  }
  HttpResponse head = exchange_->head();
  const Result<bool> compressed = is_compressed(head);
  if (compressed && *compressed) inflater_.emplace();
  if (head.status < 200 || head.status > 299) {
    refused_ = true;
    refusal_ = std::move(head);
    refusal_timer_ = loop_.call_after(kRefusalPatience, [weak = weak_from_this()] {
      if (const auto self = weak.lock(); self && self->exchange_) self->tell_refusal();
    });
    return true;
  }
  if (!compressed) {
    finish(fail(compressed.error()));
    return false;
  }
  opened_ = true;
  events_.opened(head);
  return exchange_ != nullptr && !paused_;
}

void CurlStream::deliver_bytes() {
  if (inflater_) return deliver_decoded();
  if (pending_.empty()) return;
  const std::string piece = std::exchange(pending_, {});
  events_.bytes(piece);
}

void CurlStream::deliver_decoded() {
  std::string_view input = pending_;
  std::string out;
  drained_ = false;
  while (!drained_ && exchange_ != nullptr && !paused_) {
    out.clear();
    const Status advanced = inflater_->advance(input, out, kMostInflated);
    if (!advanced) {
      return finish(fail_retry(
          "net/encoding", "the stream's compression is damaged: " + advanced.error().cause,
          "nothing, if a later attempt succeeds; otherwise look for a proxy that alters answers"));
    }
    drained_ = out.empty() && input.empty();
    if (!out.empty()) events_.bytes(out);
  }
  pending_.erase(0, pending_.size() - input.size());
}

/// The body of an answer other than 2xx: a few words of the vendor, as far as they are legible.
void CurlStream::gather_refusal() {
  std::string_view input = pending_;
  while (!input.empty() && refusal_.body.size() < kMostRefusal) {
    const std::size_t room = kMostRefusal - refusal_.body.size();
    if (!inflater_) {
      refusal_.body.append(input.substr(0, room));
      break;
    }
    if (!inflater_->advance(input, refusal_.body, room)) break;
  }
  pending_.clear();
  if (done_ || refusal_.body.size() >= kMostRefusal) tell_refusal();
}

void CurlStream::tell_refusal() {
  const auto self = shared_from_this();
  const HttpResponse answer = std::move(refusal_);
  if (exchange_->refused_by_proxy()) {
    ExchangeEnd end = exchange_->end_of(CURLE_OK, received_);
    end.proxy_status = answer.status;
    return finish(fail(proxy_refusal(end)));
  }
  events_.opened(answer);
  if (exchange_ != nullptr) finish({});
}

/// True when libcurl had held back a piece and gave it now.
bool CurlStream::ask_for_more() {
  if (exchange_ == nullptr || paused_ || !pending_.empty()) return false;
  if (!std::exchange(held_back_, false)) return false;
  curl_easy_pause(easy(), CURLPAUSE_CONT);
  return true;
}

void CurlStream::finish_if_done() {
  if (exchange_ == nullptr || paused_ || !done_ || !pending_.empty() || !drained_) return;
  finish(status_of(*done_));
}

Status CurlStream::status_of(CURLcode code) const {
  const bool cut_inside = code == CURLE_OK && inflater_ && !inflater_->at_end();
  if (code == CURLE_OK && !cut_inside) return {};
  Failure failure = exchange_->failure_of(cut_inside ? CURLE_PARTIAL_FILE : code, received_);
  if (received_ > 0) failure.consequence = "what arrived before is kept; the stream is over";
  return fail(std::move(failure));
}

void CurlStream::finish(Status status) {
  const auto self = shared_from_this();
  close();
  events_.ended(std::move(status));
}

// ---- silence ----

void CurlStream::watch_silence(Duration delay) {
  silence_timer_ = loop_.call_after(delay, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->check_silence();
  });
}

void CurlStream::check_silence() {
  if (exchange_ == nullptr) return;
  if (paused_) return watch_silence(idle_limit_);
  const Duration silent = std::chrono::steady_clock::now() - last_byte_;
  if (silent < idle_limit_) return watch_silence(idle_limit_ - silent);
  Failure failure = silence(exchange_->end_of(CURLE_OPERATION_TIMEDOUT, received_), idle_limit_);
  if (received_ > 0) failure.consequence = "what arrived before is kept; the stream is over";
  finish(fail(std::move(failure)));
}

}  // namespace cistern::net
