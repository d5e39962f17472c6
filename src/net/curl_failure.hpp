// What libcurl's outcome of an exchange means, as a failure for people. Pure.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <string>

namespace cistern::net {

/// What was known when an exchange ended without a whole answer.
struct ExchangeEnd {
  int curl_code = 0;       ///< CURLcode
  std::string curl_words;  ///< The error buffer; may be empty.
  std::string origin;      ///< Of the URL. Never path or query: they may hold a secret.
  std::string proxy;       ///< Address without user and password; empty for none.
  int proxy_status = 0;    ///< The proxy's answer to CONNECT, or 0.
  bool proxy_user_given = false;
  unsigned long proxy_offers = 0;  ///< CURLAUTH_... that the proxy named, or 0.
  long tls_verify_result = 0;      ///< X509_V_...
  std::string certificate_owner;   ///< Subject of the peer's certificate; empty if none was seen.
  std::string certificate_issuer;  ///< Who signed it.
  std::uint64_t body_bytes = 0;
  Duration elapsed{0};
  // How far it came.
  bool name_known = false;
  bool connected = false;
  bool tls_ready = false;
  bool answer_began = false;
};

Failure describe(const ExchangeEnd& end);

/// Nothing came for `limit` although somebody waited.
Failure silence(const ExchangeEnd& end, Duration limit);

/// The proxy refused by itself, with the status `proxy_status` of its answer.
Failure proxy_refusal(const ExchangeEnd& end);

}  // namespace cistern::net
