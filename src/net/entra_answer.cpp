#include "base/bytes.hpp"
#include "net/entra_errors.hpp"
#include "net/oauth2.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json.hpp>

namespace cistern::net {
namespace {

namespace json = boost::json;

// What a header line can carry in practice; Entra's tokens are 1 to 4 KiB.
constexpr std::size_t kMostToken = 32 * 1024;
constexpr std::int64_t kLongestLife = 7 * 24 * 3600;
constexpr Duration kLongestWait = std::chrono::hours{1};
/// A Date header of an answer that took longer says little about the present.
constexpr Duration kPromptAnswer = std::chrono::seconds{30};
constexpr Duration kClockTolerated = std::chrono::minutes{5};
constexpr Duration kClockOfAssertion = std::chrono::seconds{30};
constexpr std::chrono::milliseconds kFirstWait = std::chrono::seconds{5};
// No GUID, host name or word is as long; tokens, assertions and hashes are.
constexpr std::size_t kSecretLength = 60;

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  if (what.empty()) return;
  for (auto place = text.find(what); place != std::string::npos;
       place = text.find(what, place + with.size())) {
    text.replace(place, what.size(), with);
  }
}

bool is_token_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '_' || c == '.';
}

void remove_long_runs(std::string& text) {
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && is_token_character(text[end]))
      ++end;
    if (end - i >= kSecretLength) {
      text.replace(i, end - i, "***");
      end = i + 3;
    }
    i = std::max(end, i + 1);
  }
}

/// Words of the other side may echo what was sent, so whatever is or looks like a credential goes.
std::string presentable(std::string text, const EntraOptions& options, std::size_t limit) {
  if (const auto* secret = std::get_if<Secret>(&options.credential)) {
    secret->use([&](std::string_view value) {
      replace_all(text, value, "***");
      replace_all(text, percent_encode(value), "***");
    });
  }
  remove_long_runs(text);
  return excerpt(text, limit);
}

std::string text_of(const json::object& object, const char* name) {
  const json::value* const value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return std::string{value->get_string().data(), value->get_string().size()};
}

/// v1 sends numbers as strings, v2 as numbers.
std::optional<std::int64_t> number_of(const json::value* value) {
  if (value == nullptr) return std::nullopt;
  if (value->is_int64()) return value->get_int64();
  if (value->is_double() && value->get_double() >= 0 && value->get_double() < 1e12) {
    return static_cast<std::int64_t>(value->get_double());
  }
  if (!value->is_string()) return std::nullopt;
  const json::string& text = value->get_string();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<json::object> parse_object(std::string_view body) {
  boost::system::error_code error;
  json::value parsed = json::parse(json::string_view{body.data(), body.size()}, error);
  if (error || !parsed.is_object()) return std::nullopt;
  return std::move(parsed.get_object());
}

/// From `error_codes`, or from the description when the list is absent.
std::optional<std::uint64_t> aadsts_number(const json::object& body, std::string_view description) {
  if (const json::value* codes = body.if_contains("error_codes");
      codes != nullptr && codes->is_array()) {
    const json::array& list = codes->get_array();
    const auto first = list.empty() ? std::nullopt : number_of(&list.front());
    if (first && *first > 0) return static_cast<std::uint64_t>(*first);
  }
  constexpr std::string_view kMark = "AADSTS";
  const auto mark = description.find(kMark);
  if (mark == std::string_view::npos) return std::nullopt;
  const std::string_view digits = description.substr(mark + kMark.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end == digits.data()) return std::nullopt;
  return number;
}

std::string portal_of(std::string_view login_url) {
  const std::string origin = url_origin(login_url).value_or("");
  if (origin.ends_with(".us")) return "portal.azure.us";
  if (origin.ends_with(".cn")) return "portal.azure.cn";
  return "portal.azure.com";
}

std::string thumbprint_of(const EntraOptions& options) {
  const auto* certificate = std::get_if<ClientCertificate>(&options.credential);
  const auto facts = certificate == nullptr ? Result<CertificateFacts>{fail(Failure{})}
                                            : inspect_certificate(certificate->certificate_pem);
  return facts ? facts->sha1_thumbprint : "of the configured certificate";
}

std::string with_names(std::string_view text, const EntraOptions& options) {
  std::string filled{text};
  replace_all(filled, "{portal}", portal_of(options.login_url));
  replace_all(filled, "{login}", url_origin(options.login_url).value_or(options.login_url));
  replace_all(filled, "{tenant}", options.tenant);
  replace_all(filled, "{client}", options.client_id);
  replace_all(filled, "{resource}", options.resource);
  if (filled.find("{thumbprint}") != std::string::npos)
    replace_all(filled, "{thumbprint}", thumbprint_of(options));
  return filled;
}

/// The description up to the ids that are shown by themselves.
std::string first_part(const std::string& description) {
  const auto ids = std::min(description.find(" Trace ID:"), description.find_first_of("\r\n"));
  return description.substr(0, ids);
}

struct Refusal {
  std::string error;
  std::string description;
  std::string correlation_id;
  std::string timestamp;
  std::optional<std::uint64_t> number;
};

Refusal read_refusal(const json::object& body, const EntraOptions& options) {
  const std::string description = text_of(body, "error_description");
  return {.error = presentable(text_of(body, "error"), options, 60),
          .description = presentable(first_part(description), options, 300),
          .correlation_id = presentable(text_of(body, "correlation_id"), options, 50),
          .timestamp = presentable(text_of(body, "timestamp"), options, 40),
          .number = aadsts_number(body, description)};
}

std::string cause_of(const Refusal& refusal, const EntraHelp& help, int status,
                     const EntraOptions& options) {
  std::string cause = "Microsoft Entra gave no token to application " + options.client_id +
                      " in tenant " + options.tenant + ": " + with_names(help.meaning, options) +
                      " (";
  if (refusal.number) cause += "AADSTS" + std::to_string(*refusal.number) + ", ";
  if (!refusal.error.empty()) cause += refusal.error + ", ";
  cause += "HTTP " + std::to_string(status) + ")";
  if (!refusal.description.empty()) cause += ": " + refusal.description;
  if (!refusal.correlation_id.empty()) cause += " [correlation id " + refusal.correlation_id + "]";
  if (!refusal.timestamp.empty()) cause += " [" + refusal.timestamp + "]";
  return cause;
}

bool status_is_transient(int status) {
  return status == 408 || status == 429 || status >= 500;
}

/// The token answer's own time is the only one to be had while no token is issued, and an assertion
/// that names a wrong time is refused in words that do not say by how much.
std::string clock_words(const HttpResponse& response, TimePoint now, Duration tolerated) {
  const auto header = response.header("Date");
  const auto date = header ? parse_http_date(*header) : std::nullopt;
  if (!date || response.elapsed > kPromptAnswer) return {};
  const Duration ahead = std::chrono::floor<std::chrono::seconds>(now - *date);
  if (std::chrono::abs(ahead) <= tolerated) return {};
  return "; this machine's clock is " + format_duration(std::chrono::abs(ahead)) +
         (ahead > Duration{0} ? " ahead of" : " behind") + " the login service's";
}

void set_verdict(Failure& failure, bool transient, const HttpResponse& response, TimePoint now) {
  if (!transient) {
    failure.verdict = Verdict::stop;
    failure.consequence = "nothing can be collected with it until this is corrected";
    return;
  }
  failure.verdict = Verdict::retry;
  failure.consequence = "requests wait for a token and are tried again";
  failure.wait = kFirstWait;
  const auto asked = response.header("Retry-After");
  const auto wait = asked ? parse_retry_after(*asked, now, kLongestWait) : std::nullopt;
  if (wait)
    failure.wait = std::max(kFirstWait, std::chrono::ceil<std::chrono::milliseconds>(*wait));
}

Failure refused(const json::object& body, const HttpResponse& response, const EntraOptions& options,
                TimePoint now) {
  const Refusal refusal = read_refusal(body, options);
  const bool transient =
      status_is_transient(response.status) || entra_error_is_transient(refusal.error);
  const EntraHelp* const numbered = refusal.number ? entra_help(*refusal.number) : nullptr;
  const EntraHelp& help =
      numbered != nullptr
          ? *numbered
          : entra_help_for_error(transient ? "temporarily_unavailable" : refusal.error);
  Failure failure;
  failure.code = help.code;
  failure.cause = cause_of(refusal, help, response.status, options);
  failure.next_step = with_names(help.next_step, options);
  const bool of_time = failure.code == "entra/clock";
  const std::string clock =
      clock_words(response, now, of_time ? kClockOfAssertion : kClockTolerated);
  if (!clock.empty()) {
    failure.cause += clock;
    if (!of_time)
      failure.next_step += "; also set this machine's clock (`timedatectl set-ntp true`)";
  }
  set_verdict(failure, transient, response, now);
  return failure;
}

/// Neither a token nor an error of Entra's: a gateway, a captive portal, or the wrong address. Its
/// words are not shown, because pages of gateways quote requests.
Failure unreadable(std::string_view what, const HttpResponse& response, const EntraOptions& options,
                   TimePoint now) {
  const std::string login = url_origin(options.login_url).value_or("the login host");
  Failure failure;
  failure.code =
      status_is_transient(response.status) ? "entra/unavailable" : "entra/answer-unreadable";
  failure.cause = login + " answered the token request with HTTP " +
                  std::to_string(response.status) + " and " + std::string{what};
  if (const auto type = response.header("Content-Type")) {
    failure.cause += " (" + presentable(std::string{*type}, options, 60) + ")";
  }
  failure.next_step =
      status_is_transient(response.status)
          ? "nothing, if a later attempt succeeds; otherwise look at status.cloud.microsoft and at "
            "proxies on the way"
          : "check the login address of the configured cloud, and that no proxy or portal on the "
            "way "
            "answers in its place";
  // With a 2xx or 3xx something else answered; it may be gone at the next attempt.
  set_verdict(failure, status_is_transient(response.status) || response.status < 400, response,
              now);
  return failure;
}

bool is_bearer_token(std::string_view text) {
  return !text.empty() && text.size() <= kMostToken &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

Result<Token> parse_token_response(const HttpResponse& response, const EntraOptions& options,
                                   TimePoint now) {
  const std::optional<json::object> body = parse_object(response.body);
  if (!body) return fail(unreadable("something that is not JSON", response, options, now));
  if (body->if_contains("error") != nullptr) return fail(refused(*body, response, options, now));
  if (response.status != 200)
    return fail(unreadable("no error of Entra's", response, options, now));
  std::string token = text_of(*body, "access_token");
  const std::string type = text_of(*body, "token_type");
  const auto life = number_of(body->if_contains("expires_in"));
  if (!is_bearer_token(token) || !(type.empty() || equal_ignoring_case(type, "Bearer")) || !life ||
      *life <= 0) {
    return fail(unreadable("no usable access token", response, options, now));
  }
  Token made;
  made.expires = now + std::chrono::seconds{std::min(*life, kLongestLife)};
  made.grant = decode_token(token).value_or(Grant{});
  if (made.grant.expires == TimePoint{}) made.grant.expires = made.expires;
  made.value = Secret{std::move(token)};
  return made;
}

}  // namespace cistern::net
