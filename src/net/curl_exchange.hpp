// A libcurl easy handle with everything that must live as long: the request, its headers, TLS and
// proxy, and the head of the answer. What becomes of the body is its owner's.
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

/// An option that this libcurl must know: refusal is a bug of ours or a library built without TLS.
void set_option(CURL* easy, CURLoption option, long value);
void set_option(CURL* easy, CURLoption option, curl_write_callback value);
void set_option(CURL* easy, CURLoption option, void* value);

/// For libcurl's options in milliseconds: at least 1, at most a day.
long curl_milliseconds(Duration duration);

class CurlExchange {
 public:
  /// The request has passed check_request(). `accept_encoding` is sent where the request does not
  /// say what it accepts; `options` must live as long.
  CurlExchange(HttpRequest request, std::string origin, const HttpClientOptions& options,
               std::string_view accept_encoding);
  CurlExchange(const CurlExchange&) = delete;
  CurlExchange& operator=(const CurlExchange&) = delete;
  /// Overwrites body and headers of a sensitive request.
  ~CurlExchange();

  [[nodiscard]] CURL* easy() const { return easy_.get(); }
  [[nodiscard]] const std::string& origin() const { return origin_; }
  [[nodiscard]] const HttpRequest& request() const { return request_; }

  /// Called once by libcurl when the connection stands and the request is about to be sent.
  std::function<void()> on_connected;
  /// Called by libcurl when the head of the answer is complete, before any byte of its body; not
  /// for interim answers. It must only note it.
  std::function<void()> on_head;

  /// The owner has seen the first byte of the body: header lines from now on are trailers.
  void body_began() { body_began_ = true; }

  /// Status, headers and the time it took so far.
  [[nodiscard]] HttpResponse head() const;
  /// What is known at the end of the exchange.
  [[nodiscard]] ExchangeEnd end_of(CURLcode code, std::uint64_t body_bytes) const;
  /// Why it failed: a bound on the headers, or what libcurl says.
  [[nodiscard]] Failure failure_of(CURLcode code, std::uint64_t body_bytes) const;
  /// The proxy answered in the server's place that it wants a password.
  [[nodiscard]] bool refused_by_proxy() const;

 private:
  struct FreeEasy {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  void set_up_request();
  void set_up_headers(std::string_view accept_encoding);
  void set_up_connection();
  void set_up_tls();
  void set_up_proxy();
  void add_header(const std::string& line);
  [[nodiscard]] bool take_header_line(std::string_view line);

  static std::size_t header_callback(char* data, std::size_t size, std::size_t count, void* self);
  static int connected_callback(void* self, char*, char*, int, int);

  HttpRequest request_;
  std::string origin_;
  const HttpClientOptions& options_;
  std::shared_ptr<PeerCertificate> peer_ = std::make_shared<PeerCertificate>();
  std::unique_ptr<CURL, FreeEasy> easy_;
  std::unique_ptr<curl_slist, FreeList> header_list_;
  std::array<char, CURL_ERROR_SIZE> error_words_{};

  std::vector<HttpHeader> headers_;
  bool expect_status_line_ = true;
  bool body_began_ = false;
  std::size_t header_bytes_ = 0;
  std::size_t header_lines_ = 0;
  bool too_many_headers_ = false;
};

}  // namespace cistern::net
