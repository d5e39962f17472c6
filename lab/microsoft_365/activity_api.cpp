#include "lab/microsoft_365/activity_api.hpp"

#include "base/bytes.hpp"
#include "lab/entra/token_form.hpp"
#include "lab/microsoft_365/activity_errors.hpp"

#include <algorithm>

namespace cistern::lab {

namespace {

// What requests without PublisherIdentifier share with the whole world.
constexpr std::uint64_t kSharedPerMinute = 3;

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> out;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = path.find('/');
    out.push_back(path.substr(0, end));
    if (end == std::string_view::npos) break;
    path.remove_prefix(end);
  }
  return out;
}

bool is_guid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
    const char c = text[at];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (dash ? c != '-' : !hex) return false;
  }
  return true;
}

std::string operation_of(const std::vector<std::string_view>& segments, std::string_view method) {
  if (segments.size() < 7 || segments[3] != "activity" || segments[4] != "feed") return "unknown";
  const auto group = segments[5];
  const auto name = segments[6];
  if (group == "audit" && segments.size() == 7) return method == "GET" ? "blob" : "wrong_method";
  if (segments.size() != 7) return "unknown";
  if (group == "resources" && name == "dlpSensitiveTypes") return "names";
  if (group != "subscriptions") return "unknown";
  const bool post = method == "POST";
  const bool get = method == "GET";
  if (name == "start" || name == "stop") return post ? std::string(name) : "wrong_method";
  if (name == "list") return get ? "list_subscriptions" : "wrong_method";
  if (name == "content") return get ? "list" : "wrong_method";
  if (name == "notifications") return get ? "notifications" : "wrong_method";
  return "unknown";
}

bool needs_content_type(std::string_view operation) {
  return operation == "start" || operation == "stop" || operation == "list" ||
         operation == "notifications";
}

bool has_role(const TokenClaims& claims, std::string_view role) {
  return std::find(claims.roles.begin(), claims.roles.end(), role) != claims.roles.end();
}

}  // namespace

ActivityApi::ActivityApi(const Timeline& timeline, BlobStore& blobs, const Directory& directory,
                         const TokenService& tokens, const Clock& clock, ActivityOptions options)
    : timeline_(timeline),
      blobs_(blobs),
      directory_(directory),
      tokens_(tokens),
      clock_(clock),
      options_(options),
      notifier_(timeline, subscriptions_, clock, [this] { return visible_until(); }) {}

RequestFacts ActivityApi::facts_of(const Request& request) {
  RequestFacts facts;
  const auto segments = segments_of(request.path);
  facts.operation = operation_of(segments, request.method);
  if (segments.size() > 2) facts.tenant = std::string(segments[2]);
  facts.publisher = std::string(request.parameter("PublisherIdentifier").value_or(""));
  facts.content_type = std::string(request.parameter("contentType").value_or(""));
  if (facts.operation != "blob") return facts;
  for (const auto type : kContentTypes) {
    if (segments[6].find(content_id_words(type)) == std::string_view::npos) continue;
    facts.content_type = std::string(to_string(type));
  }
  return facts;
}

void ActivityApi::freeze() {
  std::int64_t not_yet = 0;
  frozen_.compare_exchange_strong(not_yet, clock_.now().time_since_epoch().count());
}

void ActivityApi::restore(const std::vector<SubscriptionRow>& subscriptions, TimePoint frozen) {
  subscriptions_.restore(subscriptions);
  frozen_ = frozen.time_since_epoch().count();
}

TimePoint ActivityApi::visible_until() const {
  const auto frozen = frozen_.load();
  const auto now = clock_.now();
  return frozen == 0 ? now : std::min(now, TimePoint{Duration{frozen}});
}

Response ActivityApi::refusal(const RequestFacts& facts, int status, std::string_view code) const {
  if (code.empty()) {
    return status == 401 ? unauthorized() : text_response(status, "", "text/html");
  }
  const auto message = fault_message(code, facts.operation, facts.publisher);
  // The vendor's page shows this one for blobs in single quotes.
  if (code == "AF429" && facts.operation == "blob") {
    return text_response(status, "{'error':{'code':'AF429','message':'" + message + "'}}");
  }
  return activity_error(status, code, message);
}

Response ActivityApi::answer(const Request& request, const RequestFacts& facts) {
  if (facts.operation == "unknown") return text_response(404, "", "text/html");
  if (facts.operation == "wrong_method") return text_response(405, "", "text/html");
  Caller caller;
  if (auto refused = check_token(request, caller)) return std::move(*refused);
  if (auto refused = check_tenant(facts, caller)) return std::move(*refused);
  if (auto refused = check_publisher(facts, caller)) return std::move(*refused);
  if (auto refused = check_content_type(request, facts, caller)) return std::move(*refused);
  if (auto refused = check_roles(facts, caller)) return std::move(*refused);
  if (facts.operation == "start") return start(request, facts, caller);
  if (facts.operation == "stop") return stop(caller);
  if (facts.operation == "list_subscriptions") return list_subscriptions(caller);
  if (facts.operation == "names") return friendly_names(request);
  if (auto refused = check_subscribed(caller)) return std::move(*refused);
  if (facts.operation == "list") return list_content(request, caller);
  if (facts.operation == "notifications") return notifications(request, caller);
  return fetch_blob(request, caller);
}

ActivityApi::Refused ActivityApi::check_token(const Request& request, Caller& caller) const {
  const auto header = request.header("Authorization").value_or("");
  constexpr std::string_view scheme = "Bearer ";
  if (!equal_ignoring_case(header.substr(0, scheme.size()), scheme)) return unauthorized();
  const auto claims = tokens_.read(header.substr(scheme.size()));
  if (!claims || !is_management_audience(claims->audience, request.base_url)) return unauthorized();
  const auto now = unix_seconds(clock_.now());
  const auto tenant = directory_.tenant(claims->tenant);
  if (claims->expires <= now || !tenant || claims->issued < tenant->tokens_valid_from) {
    return unauthorized();
  }
  caller.claims = *claims;
  return std::nullopt;
}

ActivityApi::Refused ActivityApi::check_tenant(const RequestFacts& facts, Caller& caller) const {
  if (!is_guid(facts.tenant)) {
    return activity_error(
        400, "AF20013",
        "The tenant ID passed in the URL is not a GUID: " + excerpt(facts.tenant, 80));
  }
  const auto tenant = directory_.tenant(facts.tenant);
  if (!tenant) {
    return activity_error(400, "AF20011",
                          "The tenant " + facts.tenant + " does not exist or has been deleted.");
  }
  if (tenant->id != caller.claims.tenant) {
    return activity_error(400, "AF20010",
                          "The tenant ID of the URL (" + facts.tenant +
                              ") differs from that of the access token (" + caller.claims.tenant +
                              ").");
  }
  caller.tenant = *tenant;
  return std::nullopt;
}

ActivityApi::Refused ActivityApi::check_publisher(const RequestFacts& facts, const Caller& caller) {
  if (!facts.publisher.empty() && !is_guid(facts.publisher)) {
    return activity_error(400, "AF20002",
                          "Invalid parameter type: PublisherIdentifier. Expected type: guid.");
  }
  const auto own = caller.tenant.requests_per_minute != 0 ? caller.tenant.requests_per_minute
                                                          : options_.requests_per_minute;
  const auto now = clock_.steady();
  const bool allowed =
      facts.publisher.empty()
          ? throttle_.allows("shared", kSharedPerMinute, now)
          : own == 0 || throttle_.allows(caller.tenant.id + "/" + facts.publisher, own, now);
  if (allowed) return std::nullopt;
  return refusal(facts, 403, "AF429");
}

ActivityApi::Refused ActivityApi::check_content_type(const Request& request,
                                                     const RequestFacts& facts,
                                                     Caller& caller) const {
  if (needs_content_type(facts.operation) && !request.parameter("contentType")) {
    return activity_error(400, "AF20001", "Missing parameter: contentType.");
  }
  if (facts.content_type.empty()) return std::nullopt;
  caller.type = content_type_from(facts.content_type);
  if (caller.type) return std::nullopt;
  return activity_error(
      400, "AF20020",
      "The specified content type is not valid: " + excerpt(facts.content_type, 80));
}

ActivityApi::Refused ActivityApi::check_roles(const RequestFacts& facts,
                                              const Caller& caller) const {
  const bool sensitive = caller.type == ContentType::dlp && facts.operation != "stop";
  if (has_role(caller.claims, "ActivityFeed.Read") &&
      (!sensitive || has_role(caller.claims, "ActivityFeed.ReadDlp"))) {
    return std::nullopt;
  }
  std::string set;
  for (const auto& role : caller.claims.roles)
    set += (set.empty() ? "" : " ") + role;
  return activity_error(401, "AF10001",
                        "The permission set (" + set +
                            ") sent in the request does not include the expected permission " +
                            (sensitive ? "ActivityFeed.ReadDlp." : "ActivityFeed.Read."));
}

ActivityApi::Refused ActivityApi::check_subscribed(const Caller& caller) const {
  // A content id that names no type is dealt with where ids are read.
  if (!caller.type) return std::nullopt;
  if (caller.tenant.disabled.contains(std::string(to_string(*caller.type)))) {
    return activity_error(400, "AF20023", "The subscription was disabled.");
  }
  const auto subscription = subscriptions_.get(caller.tenant.id, *caller.type);
  if (subscription && subscription->enabled) return std::nullopt;
  return activity_error(400, "AF20022", "No subscription found for the specified content type.");
}

}  // namespace cistern::lab
