#include "connectors/crowdstrike_falcon/token.hpp"

#include "base/bytes.hpp"
#include "connectors/crowdstrike_falcon/clouds.hpp"
#include "connectors/crowdstrike_falcon/error_table.hpp"
#include "connectors/crowdstrike_falcon/wire.hpp"
#include "net/safe_url.hpp"

#include <algorithm>
#include <utility>

#include <boost/json.hpp>

namespace cistern::connectors::crowdstrike_falcon {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestToken = 32 * 1024;
constexpr std::int64_t kLongestLife = 24 * 3600;
constexpr std::string_view kAddressRefused = "access denied, authorization failed";
constexpr std::string_view kStopped =
    "nothing is collected meanwhile; the vendor keeps its backlog for days, and reading goes on "
    "behind the last stored event";

void replace_all(std::string& text, std::string_view what) {
  if (what.empty()) return;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 3))
    text.replace(at, what.size(), "***");
}

/// Words of the other side may echo what was sent.
std::string without_secret(std::string text, const TokenOptions& options) {
  options.client_secret.use([&](std::string_view secret) {
    replace_all(text, secret);
    replace_all(text, percent_encode(secret));
  });
  return text;
}

struct Words {
  std::string_view code;
  std::string meaning;
  std::string next_step;
};

Words words_of(const AnswerError& error, const TokenOptions& options) {
  const std::string client = excerpt(options.client_id, 64);
  if (error.effective() == 400) {
    return {"crowdstrike_falcon/client-refused", "the vendor does not know API client " + client,
            "copy client_id again from the Falcon console, Support and resources > API clients and "
            "keys, and check `cloud`"};
  }
  if (error.effective() == 403 && error.message.find(kAddressRefused) != std::string::npos) {
    return {"crowdstrike_falcon/address-refused",
            "this machine's address is not in the tenant's list of addresses allowed to use the "
            "API",
            "in the Falcon console, Host setup and management > IP allowlist management, add the "
            "public address of this machine (or of its proxy) for API access"};
  }
  if (error.effective() == 401 || error.effective() == 403) {
    return {"crowdstrike_falcon/secret-refused",
            "the secret of API client " + client + " is wrong, or the client was revoked",
            "create a new secret in the Falcon console, Support and resources > API clients and "
            "keys, and put it where client_secret points; check `cloud` as well"};
  }
  if (error.status / 100 == 3 || error.status == 404) {
    return {"crowdstrike_falcon/wrong-address",
            "the token's address answers as if it were another one",
            "check `cloud`, token_url, and that no proxy or portal on the way answers in the "
            "vendor's place"};
  }
  return {"crowdstrike_falcon/login-refused", "the vendor gives no token to API client " + client,
          "quote this message to the vendor's support"};
}

Failure refused(const AnswerError& error, const TokenOptions& options) {
  const Words words = words_of(error, options);
  std::string cause = words.meaning + " (HTTP " + std::to_string(error.status) + ")";
  if (!error.message.empty()) cause += ": " + error.message;
  if (!error.trace_id.empty()) cause += " [trace id " + error.trace_id + "]";
  if (!error.time.empty()) cause += " [" + error.time + "]";
  return {.verdict = Verdict::stop,
          .code = std::string{words.code},
          .cause = without_secret(std::move(cause), options),
          .consequence = std::string{kStopped},
          .next_step = words.next_step};
}

Failure repeated(std::string code, std::string meaning, const HttpResponse& response,
                 const TokenOptions& options, Duration wait) {
  return {.verdict = Verdict::retry,
          .code = std::move(code),
          .cause = without_secret(std::move(meaning) + ": " + describe_answer(response), options),
          .consequence = "requests wait for a token and are tried again",
          .next_step = "nothing, if a later attempt succeeds",
          .wait = std::chrono::ceil<std::chrono::milliseconds>(wait)};
}

Failure wrong_cloud(const std::string& region, const TokenOptions& options) {
  return {.verdict = Verdict::stop,
          .code = "crowdstrike_falcon/wrong-cloud",
          .cause = "the credentials belong to cloud " + region + ", the configuration names " +
                   options.cloud,
          .consequence = std::string{kStopped},
          .next_step = "set `cloud: " + region + "`, or leave `cloud` out to have it found"};
}

struct Body {
  std::string token;
  std::int64_t life = 0;
};

std::optional<Body> read_body(const std::string& text) {
  boost::system::error_code error;
  const json::value value = json::parse({text.data(), text.size()}, error);
  const json::object* object = error ? nullptr : value.if_object();
  const json::value* token = object == nullptr ? nullptr : object->if_contains("access_token");
  const json::value* life = object == nullptr ? nullptr : object->if_contains("expires_in");
  if (token == nullptr || !token->is_string() || life == nullptr || !life->is_int64()) {
    return std::nullopt;
  }
  Body out{{token->get_string().data(), token->get_string().size()}, life->get_int64()};
  const bool plain =
      std::all_of(out.token.begin(), out.token.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (out.token.empty() || out.token.size() > kLongestToken || !plain || out.life <= 0) {
    return std::nullopt;
  }
  return out;
}

/// Tokens of one client; remembers the region that the last answer named.
class FalconTokens final : public net::TokenSource {
 public:
  explicit FalconTokens(TokenOptions options) : options_(std::move(options)) {}
  Result<HttpRequest> request(TimePoint /*now*/, Random& /*random*/) override {
    return token_request(options_);
  }
  Result<net::Token> parse(const HttpResponse& response, TimePoint now) override {
    auto token = parse_token(response, options_, now);
    if (token) options_.api_url = token->grant.audience;
    return token;
  }
  [[nodiscard]] Result<std::string> audience() const override {
    return net::require_safe_url(options_.api_url, "the service address");
  }
  [[nodiscard]] std::chrono::milliseconds refusal_held() const override {
    return std::chrono::ceil<std::chrono::milliseconds>(kRecheck);
  }

 private:
  TokenOptions options_;
};

}  // namespace

Result<HttpRequest> token_request(const TokenOptions& options) {
  if (options.client_secret.empty()) {
    return fail_stop("crowdstrike_falcon/secret-missing", "client_secret is empty",
                     "put the secret of the API client where client_secret points");
  }
  if (auto safe = net::require_safe_url(options.token_url, "the token's address"); !safe) {
    return fail(safe.error());
  }
  HttpRequest out;
  out.method = "POST";
  out.url = options.token_url + "/oauth2/token";
  out.headers = {{"Accept", "application/json"},
                 {"Content-Type", "application/x-www-form-urlencoded"}};
  out.body = "client_id=" + percent_encode(options.client_id) + "&client_secret=" +
             options.client_secret.use([](std::string_view text) { return percent_encode(text); });
  if (!options.member_cid.empty()) out.body += "&member_cid=" + percent_encode(options.member_cid);
  out.max_body = kMaxAnswer;
  out.timeout = std::chrono::seconds{60};
  out.sensitive = true;
  return out;
}

std::string region_of(const HttpResponse& response) {
  const auto header = response.header("X-CS-Region");
  return header ? lower_case(excerpt(*header, 32)) : std::string{};
}

Result<net::Token> parse_token(const HttpResponse& response, const TokenOptions& options,
                               TimePoint now) {
  if (const auto error = find_error(response)) {
    const int status = error->effective();
    if (status == 429) {
      return fail(repeated("crowdstrike_falcon/throttled", "too many token requests", response,
                           options, throttle_delay(response, now)));
    }
    if (status == 408 || status >= 500) {
      return fail(repeated("crowdstrike_falcon/vendor-unavailable",
                           "the vendor's login is not available just now", response, options,
                           std::chrono::seconds{2}));
    }
    return fail(refused(*error, options));
  }
  auto body = read_body(response.body);
  if (!body) {
    return fail(repeated("crowdstrike_falcon/unreadable-answer",
                         "the vendor's login answered without a usable token", response, options,
                         std::chrono::seconds{5}));
  }
  const std::string region = region_of(response);
  if (!options.cloud.empty() && !region.empty() && region != options.cloud) {
    return fail(wrong_cloud(region, options));
  }
  net::Token out;
  out.expires = now + std::chrono::seconds{std::min(body->life, kLongestLife)};
  out.value = Secret{std::move(body->token)};
  out.grant.expires = out.expires;
  const Cloud* const cloud = options.follow_region ? find_cloud(region) : nullptr;
  out.grant.audience = cloud == nullptr ? options.api_url : std::string{cloud->api_url};
  return out;
}

std::unique_ptr<net::TokenSource> make_token_source(TokenOptions options) {
  return std::make_unique<FalconTokens>(std::move(options));
}

}  // namespace cistern::connectors::crowdstrike_falcon
