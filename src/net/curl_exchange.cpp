#include "net/curl_exchange.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <chrono>
#include <new>
#include <stdexcept>
#include <utility>

#include <openssl/crypto.h>

namespace cistern::net {
namespace {

constexpr std::size_t kMostHeaderBytes = 64 * 1024;
constexpr std::size_t kMostHeaderLines = 200;
// Large enough that a blob's arrival costs few calls, small enough for 64 exchanges at once.
constexpr long kReceiveBuffer = 128 * 1024;

void wipe(std::string& text) {
  OPENSSL_cleanse(text.data(), text.size());
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > 0x20 && c < 0x7f &&
           std::string_view{"()<>@,;:\\\"/[]?={}"}.find(c) == std::string_view::npos;
  });
}

bool has_header(const HttpRequest& request, std::string_view name) {
  return std::any_of(request.headers.begin(), request.headers.end(), [&](const HttpHeader& header) {
    return equal_ignoring_case(header.name, name);
  });
}

template <class T>
void set(CURL* easy, CURLoption option, T value) {
  if (curl_easy_setopt(easy, option, value) != CURLE_OK) {
    throw std::logic_error("libcurl refused option " + std::to_string(option));
  }
}

long number_of(CURL* easy, CURLINFO info) {
  long value = 0;
  curl_easy_getinfo(easy, info, &value);
  return value;
}

bool reached(CURL* easy, CURLINFO time) {
  curl_off_t value = 0;
  curl_easy_getinfo(easy, time, &value);
  return value > 0;
}

}  // namespace

void set_option(CURL* easy, CURLoption option, long value) {
  set(easy, option, value);
}
void set_option(CURL* easy, CURLoption option, curl_write_callback value) {
  set(easy, option, value);
}
void set_option(CURL* easy, CURLoption option, void* value) {
  set(easy, option, value);
}

long curl_milliseconds(Duration duration) {
  const auto count = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  return static_cast<long>(std::clamp<std::int64_t>(count, 1, 24LL * 3600 * 1000));
}

Status check_proxy(const HttpClientOptions& options) {
  // With a user name inside it would be shown by messages that name the proxy.
  if (options.proxy.empty() || url_origin(options.proxy)) return {};
  return fail_stop("net/proxy", "the proxy's address is not of the form http://host:port",
                   "write it so; user name and password of the proxy have options of their own");
}

Status check_request(const HttpRequest& request, const std::optional<std::string>& origin) {
  if (!origin || has_control_character(request.url)) {
    return fail_stop(
        "net/url",
        "a request was to be sent to something that is not an absolute http or https URL",
        "write the address as https://host or https://host:port, without user name");
  }
  if (!is_token(request.method)) {
    return fail_stop("net/protocol", "a request to " + *origin + " has an impossible method",
                     "report this as a fault");
  }
  for (const HttpHeader& header : request.headers) {
    if (is_token(header.name) && !has_control_character(header.value)) continue;
    return fail_stop(
        "net/protocol",
        "the header \"" + excerpt(header.name, 40) + "\" of a request to " + *origin +
            " holds a control character",
        "check the option it comes from for line breaks (a secret pasted with its line end)");
  }
  return {};
}

CurlExchange::CurlExchange(HttpRequest request, std::string origin,
                           const HttpClientOptions& options, std::string_view accept_encoding)
    : request_(std::move(request)),
      origin_(std::move(origin)),
      options_(options),
      easy_(curl_easy_init()) {
  if (easy_ == nullptr) throw std::bad_alloc();
  set_up_request();
  set_up_headers(accept_encoding);
  set_up_connection();
  set_up_tls();
  set_up_proxy();
}

CurlExchange::~CurlExchange() {
  easy_.reset();
  if (!request_.sensitive) return;
  wipe(request_.body);
  for (HttpHeader& header : request_.headers)
    wipe(header.value);
  for (curl_slist* it = header_list_.get(); it != nullptr; it = it->next) {
    OPENSSL_cleanse(it->data, std::string_view{it->data}.size());
  }
}

void CurlExchange::set_up_request() {
  CURL* const easy = easy_.get();
  set(easy, CURLOPT_URL, request_.url.c_str());
  set(easy, CURLOPT_PATH_AS_IS, 1L);
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  // HTTP/2 would put all exchanges of a client on one connection, where one slow body may hold up
  // the others, and brings nothing for a few parallel requests that are kept alive.
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  if (request_.method == "HEAD") {
    set(easy, CURLOPT_NOBODY, 1L);
  } else if (request_.method != "GET" || !request_.body.empty()) {
    set(easy, CURLOPT_POST, 1L);
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    set(easy, CURLOPT_POSTFIELDS, request_.body.c_str());
    if (request_.method != "POST") set(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }
  set(easy, CURLOPT_HEADERFUNCTION, &CurlExchange::header_callback);
  set(easy, CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(easy, CURLOPT_PREREQFUNCTION, &CurlExchange::connected_callback);
  set(easy, CURLOPT_PREREQDATA, static_cast<void*>(this));
}

void CurlExchange::add_header(const std::string& line) {
  curl_slist* const longer = curl_slist_append(header_list_.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(header_list_.release());
  header_list_.reset(longer);
}

/// What libcurl adds by itself is taken away where the caller did not ask for it.
void CurlExchange::set_up_headers(std::string_view accept_encoding) {
  for (const HttpHeader& header : request_.headers) {
    std::string line = header.value.empty() ? header.name + ";" : header.name + ": " + header.value;
    add_header(line);
    if (request_.sensitive) wipe(line);
  }
  if (!has_header(request_, "Accept-Encoding")) {
    add_header("Accept-Encoding: " + std::string{accept_encoding});
  }
  if (!has_header(request_, "Expect")) add_header("Expect:");
  if (!has_header(request_, "Content-Type")) add_header("Content-Type:");
  set(easy_.get(), CURLOPT_HTTPHEADER, header_list_.get());
  set(easy_.get(), CURLOPT_USERAGENT, options_.user_agent.c_str());
}

void CurlExchange::set_up_connection() {
  CURL* const easy = easy_.get();
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_QUICK_EXIT, 1L);
  set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  set(easy, CURLOPT_BUFFERSIZE, kReceiveBuffer);
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, curl_milliseconds(options_.connect_timeout));
  set(easy, CURLOPT_ERRORBUFFER, error_words_.data());
}

void CurlExchange::set_up_tls() {
  CURL* const easy = easy_.get();
  set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  note_peer_certificate(easy, peer_);
  if (options_.ca_file.empty()) return;
  set(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
  // Otherwise the system's folder of certificates would be trusted as well.
  set(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
}

/// An empty proxy keeps libcurl from asking the environment, so what happens is what is configured.
void CurlExchange::set_up_proxy() {
  CURL* const easy = easy_.get();
  set(easy, CURLOPT_PROXY, options_.proxy.c_str());
  set(easy, CURLOPT_NOPROXY, "");
  if (options_.proxy.empty()) return;
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(easy, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
  if (!options_.ca_file.empty()) {
    set(easy, CURLOPT_PROXY_CAINFO, options_.ca_file.c_str());
    set(easy, CURLOPT_PROXY_CAPATH, static_cast<const char*>(nullptr));
  }
  if (options_.proxy_user.empty()) return;
  set(easy, CURLOPT_PROXYAUTH, static_cast<long>(CURLAUTH_BASIC));
  set(easy, CURLOPT_PROXYUSERNAME, options_.proxy_user.c_str());
  options_.proxy_password.use([&](std::string_view password) {
    std::string copy{password};
    set(easy, CURLOPT_PROXYPASSWORD, copy.c_str());
    wipe(copy);
  });
}

bool CurlExchange::take_header_line(std::string_view line) {
  header_bytes_ += line.size();
  if (++header_lines_ > kMostHeaderLines || header_bytes_ > kMostHeaderBytes) {
    too_many_headers_ = true;
    return false;
  }
  if (expect_status_line_ && line.starts_with("HTTP/")) {
    // A 1xx answer may have come before; only the last one counts.
    headers_.clear();
    expect_status_line_ = false;
    return true;
  }
  // Lines behind the body are trailers. Nothing may change there any more.
  if (body_began_ || expect_status_line_) return true;
  const std::string_view text = trim(line);
  if (text.empty()) {
    expect_status_line_ = true;
    if (on_head && number_of(easy_.get(), CURLINFO_RESPONSE_CODE) >= 200) {
      std::exchange(on_head, {})();
    }
    return true;
  }
  if ((line.front() == ' ' || line.front() == '\t') && !headers_.empty()) {
    headers_.back().value.append(" ").append(text);
    return true;
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return true;
  headers_.push_back(
      {std::string{trim(text.substr(0, colon))}, std::string{trim(text.substr(colon + 1))}});
  return true;
}

std::size_t CurlExchange::header_callback(char* data, std::size_t size, std::size_t count,
                                          void* self) {
  return static_cast<CurlExchange*>(self)->take_header_line({data, size * count}) ? size * count
                                                                                  : 0;
}

int CurlExchange::connected_callback(void* self, char*, char*, int, int) {
  auto& exchange = *static_cast<CurlExchange*>(self);
  if (const auto connected = std::exchange(exchange.on_connected, {})) connected();
  return CURL_PREREQFUNC_OK;
}

HttpResponse CurlExchange::head() const {
  HttpResponse response;
  response.status = static_cast<int>(number_of(easy_.get(), CURLINFO_RESPONSE_CODE));
  response.headers = headers_;
  curl_off_t microseconds = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_TOTAL_TIME_T, &microseconds);
  response.elapsed = std::chrono::microseconds{microseconds};
  return response;
}

bool CurlExchange::refused_by_proxy() const {
  return !options_.proxy.empty() && number_of(easy_.get(), CURLINFO_RESPONSE_CODE) == 407;
}

ExchangeEnd CurlExchange::end_of(CURLcode code, std::uint64_t body_bytes) const {
  CURL* const easy = easy_.get();
  ExchangeEnd end;
  end.curl_code = code;
  end.curl_words = error_words_.data();
  end.origin = origin_;
  end.proxy = options_.proxy;
  end.proxy_status = static_cast<int>(number_of(easy, CURLINFO_HTTP_CONNECTCODE));
  end.proxy_user_given = !options_.proxy_user.empty();
  end.proxy_offers = static_cast<unsigned long>(number_of(easy, CURLINFO_PROXYAUTH_AVAIL));
  end.tls_verify_result = number_of(easy, CURLINFO_SSL_VERIFYRESULT);
  end.certificate_owner = peer_->subject;
  end.certificate_issuer = peer_->issuer;
  end.body_bytes = body_bytes;
  curl_off_t microseconds = 0;
  curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &microseconds);
  end.elapsed = std::chrono::microseconds{microseconds};
  end.name_known = reached(easy, CURLINFO_NAMELOOKUP_TIME_T);
  // libcurl counts the connection's time only when the handshake is done as well.
  end.connected = reached(easy, CURLINFO_CONNECT_TIME_T) || peer_->handshake_began;
  end.tls_ready = reached(easy, CURLINFO_APPCONNECT_TIME_T);
  end.answer_began = body_began_ || !headers_.empty();
  return end;
}

Failure CurlExchange::failure_of(CURLcode code, std::uint64_t body_bytes) const {
  if (!too_many_headers_) return describe(end_of(code, body_bytes));
  return {
      .verdict = Verdict::stop,
      .code = "net/too-large",
      .cause = "the headers of an answer from " + origin_ + " exceed the limit of " +
               std::to_string(kMostHeaderBytes) + " bytes or " + std::to_string(kMostHeaderLines) +
               " lines",
      .consequence = "it was not read further",
      .next_step = "check that the address is that of the service; no known service sends so many"};
}

}  // namespace cistern::net
