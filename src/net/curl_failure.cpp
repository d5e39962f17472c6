#include "net/curl_failure.hpp"

#include "base/bytes.hpp"

#include <string_view>
#include <utility>

#include <curl/curl.h>
#include <openssl/x509_vfy.h>

namespace cistern::net {
namespace {

std::string words_of(const ExchangeEnd& end) {
  if (!end.curl_words.empty()) return excerpt(end.curl_words, 200);
  return curl_easy_strerror(static_cast<CURLcode>(end.curl_code));
}

Failure retry(std::string code, std::string cause, std::string next_step) {
  return {.verdict = Verdict::retry,
          .code = std::move(code),
          .cause = std::move(cause),
          .consequence = {},
          .next_step = std::move(next_step)};
}

Failure stop(std::string code, std::string cause, std::string next_step) {
  Failure failure = retry(std::move(code), std::move(cause), std::move(next_step));
  failure.verdict = Verdict::stop;
  return failure;
}

std::string via(const ExchangeEnd& end) {
  return end.proxy.empty() ? "" : " through the proxy " + end.proxy;
}

std::string phase_of(const ExchangeEnd& end) {
  if (!end.name_known) return "while looking up the name";
  if (!end.connected) return "while connecting";
  if (end.origin.starts_with("https:") && !end.tls_ready) return "during the TLS handshake";
  if (!end.answer_began) return "while waiting for the answer";
  return "after " + std::to_string(end.body_bytes) + " bytes of the answer's body";
}

std::string certificate_cure(const ExchangeEnd& end) {
  switch (end.tls_verify_result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "compare this machine's clock with the real time; if it is right, the server's "
             "certificate must be "
             "replaced by its owner";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return "if a proxy inspects TLS on the way, put its root certificate into a PEM file "
             "together with the "
             "system's and name it as CA file; otherwise do not go on: somebody may stand between";
    default:
      return "check that the address is spelled right, and that no proxy on the way answers in the "
             "server's place";
  }
}

Failure certificate_refused(const ExchangeEnd& end) {
  std::string cause = "the TLS certificate of " + end.origin + " was refused: " + words_of(end);
  if (end.curl_words.empty() && end.tls_verify_result != X509_V_OK) {
    cause.append(" (").append(X509_verify_cert_error_string(end.tls_verify_result)).append(")");
  }
  return stop("net/tls", std::move(cause), certificate_cure(end));
}

Failure cannot_connect(const ExchangeEnd& end) {
  if (!end.proxy.empty()) {
    return retry(
        "net/proxy",
        "no connection to the proxy " + end.proxy + " for " + end.origin + ": " + words_of(end),
        "check that the proxy runs and that its address and port are right");
  }
  return retry("net/connect", "no connection to " + end.origin + ": " + words_of(end),
               "check that a firewall allows this machine to connect there");
}

Failure timed_out(const ExchangeEnd& end) {
  return retry("net/timeout",
               end.origin + via(end) + " took too long: given up after " +
                   format_duration(end.elapsed) + " " + phase_of(end) + " (" + words_of(end) + ")",
               end.connected
                   ? "if it goes on, look at the vendor's service status and the line's quality"
                   : "check that a firewall allows this machine to connect there");
}

Failure cut(const ExchangeEnd& end) {
  return retry("net/cut",
               "the exchange with " + end.origin + via(end) + " was cut " + phase_of(end) + ": " +
                   words_of(end),
               "if it goes on, look for a proxy or firewall that ends connections");
}

}  // namespace

Failure proxy_refusal(const std::string& proxy, const std::string& origin, int status) {
  const std::string cause = "the proxy " + proxy + " refused the way to " + origin +
                            " with HTTP status " + std::to_string(status);
  if (status == 407) {
    return stop(
        "net/proxy",
        cause + ": it wants another user name or password (Basic authentication is offered)",
        "correct the user name and password of the proxy");
  }
  if (status >= 500 || status == 408 || status == 429) {
    return retry("net/proxy", cause,
                 "if it goes on, ask the proxy's administrator why it cannot reach the host");
  }
  return stop("net/proxy", cause,
              "ask the proxy's administrator to allow this machine to reach " + origin);
}

Failure describe(const ExchangeEnd& end) {
  switch (end.curl_code) {
    case CURLE_URL_MALFORMAT:
      return stop("net/url",
                  "the address below " + end.origin + " is not a valid URL: " + words_of(end),
                  "correct the address");
    case CURLE_COULDNT_RESOLVE_HOST:
      return retry("net/dns", "the name in " + end.origin + " was not found: " + words_of(end),
                   "check the spelling of the host name and this machine's name servers");
    case CURLE_COULDNT_RESOLVE_PROXY:
      return retry("net/proxy",
                   "the name of the proxy " + end.proxy + " was not found: " + words_of(end),
                   "check the spelling of the proxy's address and this machine's name servers");
    case CURLE_COULDNT_CONNECT:
      return cannot_connect(end);
    case CURLE_OPERATION_TIMEDOUT:
      return timed_out(end);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      return certificate_refused(end);
    case CURLE_SSL_CACERT_BADFILE:
      return stop("net/tls", "the CA file cannot be used for " + end.origin + ": " + words_of(end),
                  "check that the file exists, is readable and holds PEM certificates");
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
      return retry(
          "net/tls",
          "the TLS handshake with " + end.origin + via(end) + " failed: " + words_of(end),
          "check that the address speaks TLS 1.2 or later and that no firewall ends the handshake");
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      if (end.proxy_status >= 300) return proxy_refusal(end.proxy, end.origin, end.proxy_status);
      return cut(end);
    default:
      return retry("net/protocol",
                   "the exchange with " + end.origin + via(end) + " failed: " + words_of(end),
                   "check that the address is that of the service and that no proxy on the way "
                   "alters answers");
  }
}

}  // namespace cistern::net
