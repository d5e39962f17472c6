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
          .consequence = "nothing was received; requests wait and are tried again",
          .next_step = std::move(next_step)};
}

Failure stop(std::string code, std::string cause, std::string next_step) {
  Failure failure = retry(std::move(code), std::move(cause), std::move(next_step));
  failure.verdict = Verdict::stop;
  failure.consequence = "no request gets through until this is corrected";
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

std::string host_of(const ExchangeEnd& end) {
  const std::string_view origin = end.origin;
  const auto begin = origin.find("://");
  const std::string_view rest = begin == std::string_view::npos ? origin : origin.substr(begin + 3);
  const auto port = rest.ends_with(']') ? std::string_view::npos : rest.rfind(':');
  return std::string{rest.substr(0, port)};
}

/// Who presented the certificate, for whoever looks for the box on the way.
std::string presented_by(const ExchangeEnd& end) {
  if (end.certificate_issuer.empty()) return {};
  return "; it was issued by \"" + end.certificate_issuer + "\" for \"" + end.certificate_owner +
         "\"";
}

std::string inspection_cure(const ExchangeEnd& end) {
  const std::string issuer =
      end.certificate_issuer.empty() ? "its" : "the \"" + end.certificate_issuer + "\"";
  return "if your own proxy or firewall inspects TLS: exempt " + host_of(end) +
         " from inspection, or put " + issuer +
         " root certificate into a PEM file and set `ca_file` to it; if you know of no such "
         "device, do not go on: somebody may stand between";
}

std::string certificate_cure(const ExchangeEnd& end) {
  switch (end.tls_verify_result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "compare this machine's clock with the real time (`timedatectl`); if it is right, the "
             "server's certificate must be replaced by its owner";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return inspection_cure(end);
    default:
      return "check that the address is spelled right, and that no proxy or login page on the way "
             "answers in the server's place";
  }
}

Failure certificate_refused(const ExchangeEnd& end) {
  std::string cause = "the TLS certificate of " + end.origin + " was refused: " + words_of(end);
  if (end.curl_words.empty() && end.tls_verify_result != X509_V_OK) {
    cause.append(" (").append(X509_verify_cert_error_string(end.tls_verify_result)).append(")");
  }
  return stop("net/tls", cause + presented_by(end), certificate_cure(end));
}

Failure cannot_connect(const ExchangeEnd& end) {
  if (!end.proxy.empty()) {
    return retry(
        "net/proxy",
        "no connection to the proxy " + end.proxy + " for " + end.origin + ": " + words_of(end),
        "check that the proxy runs and that its address and port are right");
  }
  return retry("net/connect", "no connection to " + end.origin + ": " + words_of(end),
               "check that a firewall allows this machine to connect there; where the way out is "
               "a proxy, set `proxy`");
}

/// What is to be looked at when nothing came for too long, by how far the exchange had come.
std::string timeout_cure(const ExchangeEnd& end) {
  if (!end.name_known) {
    return "no name server answered: check /etc/resolv.conf, and `getent hosts " + host_of(end) +
           "`";
  }
  if (!end.connected) {
    return end.proxy.empty()
               ? "check that a firewall allows this machine to connect there; where the way out "
                 "is a proxy, set `proxy`"
               : "check that the proxy runs and that its address and port are right; if they are, "
                 "ask its administrator why it does not answer for " +
                     host_of(end);
  }
  if (end.origin.starts_with("https:") && !end.tls_ready) {
    return "something accepts the connection and keeps silent: ask whoever runs the firewall "
           "whether it inspects or holds back TLS to " +
           host_of(end);
  }
  return "if it goes on, look at the vendor's service status and the line's quality";
}

Failure timed_out(const ExchangeEnd& end) {
  return retry("net/timeout",
               end.origin + via(end) + " took too long: given up after " +
                   format_duration(end.elapsed) + " " + phase_of(end) + " (" + words_of(end) + ")",
               timeout_cure(end));
}

Failure cut(const ExchangeEnd& end) {
  return retry("net/cut",
               "the exchange with " + end.origin + via(end) + " was cut " + phase_of(end) + ": " +
                   words_of(end),
               "if it goes on, look for a proxy or firewall that ends connections");
}

/// Basic is the only kind that is offered to a proxy.
Failure password_demanded(const ExchangeEnd& end, const std::string& cause) {
  const bool basic = end.proxy_offers == 0 || (end.proxy_offers & CURLAUTH_BASIC) != 0;
  if (!basic) {
    return stop("net/proxy-password",
                cause + ": it wants a kind of authentication other than Basic user and password",
                "ask the proxy's administrator to allow Basic authentication, or this machine "
                "without any, for " +
                    host_of(end));
  }
  if (end.proxy_user_given) {
    return stop("net/proxy-password", cause + ": it does not accept the user name and password",
                "correct `proxy_user` and `proxy_password`");
  }
  return stop("net/proxy-password",
              cause + ": it demands a user name and password, and none is configured",
              "set `proxy_user` and `proxy_password`");
}

}  // namespace

Failure proxy_refusal(const ExchangeEnd& end) {
  const std::string cause = "the proxy " + end.proxy + " refused the way to " + end.origin +
                            " with HTTP status " + std::to_string(end.proxy_status);
  if (end.proxy_status == 407) return password_demanded(end, cause);
  if (end.proxy_status >= 500 || end.proxy_status == 408 || end.proxy_status == 429) {
    return retry("net/proxy", cause,
                 "if it goes on, ask the proxy's administrator why it cannot reach the host");
  }
  return stop("net/proxy", cause,
              "ask the proxy's administrator to allow this machine to reach " + end.origin);
}

Failure silence(const ExchangeEnd& end, Duration limit) {
  return retry("net/timeout",
               "nothing came from " + end.origin + via(end) + " for " + format_duration(limit) +
                   " " + phase_of(end),
               timeout_cure(end));
}

Failure describe(const ExchangeEnd& end) {
  switch (end.curl_code) {
    case CURLE_URL_MALFORMAT:
      return stop("net/url",
                  "the address below " + end.origin + " is not a valid URL: " + words_of(end),
                  "correct the address");
    case CURLE_COULDNT_RESOLVE_HOST:
      return retry("net/dns", "the name in " + end.origin + " was not found: " + words_of(end),
                   "check the spelling of the host name, /etc/resolv.conf, and `getent hosts " +
                       host_of(end) +
                       "`, which must print an address; where names are looked up "
                       "by a proxy, set `proxy`");
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
      if (end.proxy_status >= 300) return proxy_refusal(end);
      return cut(end);
    default:
      return retry("net/protocol",
                   "the exchange with " + end.origin + via(end) + " failed: " + words_of(end),
                   "check that the address is that of the service and that no proxy on the way "
                   "alters answers");
  }
}

}  // namespace cistern::net
