// One exchange: a libcurl easy handle with everything that must live as long.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "net/curl_failure.hpp"
#include "net/http_client.hpp"
#include "net/peer_certificate.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <curl/curl.h>

namespace cistern::net {

/// Says why the configured proxy cannot be one ("net/proxy"), or nothing.
Status check_proxy(const HttpClientOptions& options);

/// Says why a request cannot be sent at all ("net/url", "net/protocol"), or nothing. `origin` is
/// url_origin() of its URL.
Status check_request(const HttpRequest& request, const std::optional<std::string>& origin);

class Transfer {
 public:
  /// The request has passed check_request().
  Transfer(HttpRequest request, std::string origin, const HttpClientOptions& options,
           HttpClient::Callback done);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  /// Overwrites body and headers of a sensitive request.
  ~Transfer();

  [[nodiscard]] CURL* easy() const { return easy_.get(); }
  [[nodiscard]] const std::string& origin() const { return origin_; }
  [[nodiscard]] HttpClient::Callback take_callback() { return std::move(done_); }

  /// Called once by libcurl when the connection stands and the request is about to be sent.
  std::function<void()> on_connected;

  /// After libcurl is done with it: the response, decoded unless asked otherwise, or what went
  /// wrong.
  [[nodiscard]] Result<HttpResponse> finish(CURLcode code);

 private:
  /// Why one of our own callbacks ended the exchange.
  enum class Bound : std::uint8_t { none, body, headers };

  struct FreeEasy {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  void set_up_request();
  void set_up_headers();
  void set_up_limits();
  void set_up_tls();
  void set_up_proxy();
  void add_header(const std::string& line);

  [[nodiscard]] bool take_header_line(std::string_view line);
  [[nodiscard]] bool take_body(std::string_view piece);
  [[nodiscard]] ExchangeEnd end_of(CURLcode code) const;
  [[nodiscard]] Failure failure_of(CURLcode code) const;
  [[nodiscard]] Failure bound_failure() const;

  static std::size_t header_callback(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t body_callback(char* data, std::size_t size, std::size_t count, void* self);
  static int connected_callback(void* self, char*, char*, int, int);

  HttpRequest request_;
  std::string origin_;
  const HttpClientOptions& options_;
  HttpClient::Callback done_;
  std::shared_ptr<PeerCertificate> peer_ = std::make_shared<PeerCertificate>();
  std::unique_ptr<CURL, FreeEasy> easy_;
  std::unique_ptr<curl_slist, FreeList> header_list_;
  std::array<char, CURL_ERROR_SIZE> error_words_{};

  HttpResponse response_;
  bool expect_status_line_ = true;
  bool body_began_ = false;
  std::size_t header_bytes_ = 0;
  std::size_t header_lines_ = 0;
  Bound bound_ = Bound::none;
};

}  // namespace cistern::net
