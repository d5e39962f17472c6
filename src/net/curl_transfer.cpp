#include "net/curl_transfer.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace cistern::net {
namespace {

// The announced length is believed so far without having seen a byte.
constexpr curl_off_t kMostReserve = 4 * 1024 * 1024;

}  // namespace

Transfer::Transfer(HttpRequest request, std::string origin, const HttpClientOptions& options,
                   HttpClient::Callback done)
    : exchange_(std::move(request), std::move(origin), options, "gzip, deflate"),
      done_(std::move(done)) {
  set_up_limits(options);
  set_option(easy(), CURLOPT_WRITEFUNCTION, &Transfer::body_callback);
  set_option(easy(), CURLOPT_WRITEDATA, static_cast<void*>(this));
}

void Transfer::set_up_limits(const HttpClientOptions& options) {
  set_option(easy(), CURLOPT_TIMEOUT_MS, curl_milliseconds(exchange_.request().timeout));
  set_option(easy(), CURLOPT_LOW_SPEED_LIMIT, 1L);
  set_option(easy(), CURLOPT_LOW_SPEED_TIME,
             std::max(1L, curl_milliseconds(options.stall_timeout) / 1000));
}

bool Transfer::take_body(std::string_view piece) {
  const std::uint64_t most = exchange_.request().max_body;
  if (!body_began_) {
    body_began_ = true;
    exchange_.body_began();
    curl_off_t announced = -1;
    curl_easy_getinfo(easy(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
    body_too_large_ = announced > 0 && static_cast<std::uint64_t>(announced) > most;
    if (body_too_large_) return false;
    if (announced > 0) body_.reserve(static_cast<std::size_t>(std::min(announced, kMostReserve)));
  }
  body_too_large_ = piece.size() > most - body_.size();
  if (body_too_large_) return false;
  body_.append(piece);
  return true;
}

std::size_t Transfer::body_callback(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<Transfer*>(self)->take_body({data, size * count}) ? size * count : 0;
}

Failure Transfer::body_too_large() const {
  return {.verdict = Verdict::stop,
          .code = "net/too-large",
          .cause = "the body of an answer from " + origin() + " exceeds the limit of " +
                   std::to_string(exchange_.request().max_body) + " bytes",
          .consequence = "it was not read further",
          .next_step = "raise the size limit if answers this large are expected from this source"};
}

Result<HttpResponse> Transfer::finish(CURLcode code) {
  if (body_too_large_) return fail(body_too_large());
  if (code != CURLE_OK) return fail(exchange_.failure_of(code, body_.size()));
  if (exchange_.refused_by_proxy()) {
    ExchangeEnd end = exchange_.end_of(code, body_.size());
    end.proxy_status = 407;
    return fail(proxy_refusal(end));
  }
  HttpResponse response = exchange_.head();
  response.body = std::move(body_);
  response.wire_bytes = response.body.size();
  const HttpRequest& request = exchange_.request();
  if (request.keep_encoded || !response.header("Content-Encoding")) return response;
  Result<std::string> decoded = decode_body(response, request.max_body);
  if (!decoded) {
    Failure failure = std::move(decoded).error();
    failure.cause = "from " + origin() + ": " + failure.cause;
    return fail(std::move(failure));
  }
  response.body = std::move(*decoded);
  // The header would be untrue now, and whoever believed it would decode twice.
  std::erase_if(response.headers, [](const HttpHeader& header) {
    return equal_ignoring_case(header.name, "Content-Encoding");
  });
  return response;
}

}  // namespace cistern::net
