// One exchange whose answer is gathered whole.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "net/curl_exchange.hpp"
#include "net/http_client.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cistern::net {

class Transfer {
 public:
  /// The request has passed check_request().
  Transfer(HttpRequest request, std::string origin, const HttpClientOptions& options,
           HttpClient::Callback done);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  [[nodiscard]] CurlExchange& exchange() { return exchange_; }
  [[nodiscard]] CURL* easy() const { return exchange_.easy(); }
  [[nodiscard]] const std::string& origin() const { return exchange_.origin(); }
  [[nodiscard]] HttpClient::Callback take_callback() { return std::move(done_); }

  /// After libcurl is done with it: the response, decoded unless asked otherwise, or what went
  /// wrong.
  [[nodiscard]] Result<HttpResponse> finish(CURLcode code);

 private:
  void set_up_limits(const HttpClientOptions& options);
  [[nodiscard]] bool take_body(std::string_view piece);
  [[nodiscard]] Failure body_too_large() const;
  static std::size_t body_callback(char* data, std::size_t size, std::size_t count, void* self);

  CurlExchange exchange_;
  HttpClient::Callback done_;
  std::string body_;
  bool body_began_ = false;
  bool body_too_large_ = false;
};

}  // namespace cistern::net
