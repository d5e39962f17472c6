#include "lab/crowdstrike_falcon/falcon_api.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "lab/crowdstrike_falcon/falcon_answers.hpp"
#include "lab/lab.hpp"

#include <algorithm>

namespace cistern::lab {

namespace {

constexpr std::string_view kDiscovery = "/sensors/entities/datafeed/v2";
constexpr std::string_view kStream = "/sensors/entities/datafeed/v1/";
constexpr std::string_view kRefresh = "/sensors/entities/datafeed-actions/v1/";

// How long an appId may stay connected after its stream's end. The vendor takes up to a minute; a
// test that wants that sets it.
Duration release_of(FaultProfile profile) {
  switch (profile) {
    case FaultProfile::calm:
      return Duration{0};
    case FaultProfile::ordinary:
      return std::chrono::seconds{2};
    case FaultProfile::hostile:
      return std::chrono::seconds{5};
  }
  return Duration{0};
}

std::string operation_of(const Request& request) {
  const std::string_view path = request.path;
  const bool post = request.method == "POST";
  const bool get = request.method == "GET";
  if (path == "/oauth2/token") return post ? "token" : "wrong_method";
  if (path == "/oauth2/revoke") return post ? "revoke" : "wrong_method";
  if (path == kDiscovery) return get ? "discovery" : "wrong_method";
  if (path.starts_with(kStream)) return get ? "stream" : "wrong_method";
  if (path.starts_with(kRefresh)) return post ? "refresh" : "wrong_method";
  return "unknown";
}

std::optional<std::string> field(const Parameters& form, std::string_view name) {
  for (const auto& [key, value] : form) {
    if (key == name) return value;
  }
  return std::nullopt;
}

bool is_form(const Request& request) {
  return request.header("Content-Type")
      .value_or("")
      .starts_with("application/x-www-form-urlencoded");
}

}  // namespace

FalconApi::FalconApi(const FalconApiOptions& options, const Clock& clock,
                     std::function<TimePoint()> visible_until, std::function<bool()> frozen,
                     Feeds::Keep keep)
    : options_(options),
      clock_(clock),
      customers_(options.feeds.customers, release_of(options.profile)),
      generator_(options.feeds.seed, options.profile),
      feeds_(options.feeds, std::move(visible_until), std::move(frozen), std::move(keep)) {}

bool FalconApi::serves(std::string_view path) {
  return path.starts_with("/oauth2/") || path.starts_with("/sensors/entities/datafeed");
}

RequestFacts FalconApi::facts_of(const Request& request) const {
  RequestFacts facts;
  facts.vendor = kFalconVendor;
  facts.operation = operation_of(request);
  const auto header = request.header("Authorization").value_or("");
  constexpr std::string_view scheme = "Bearer ";
  if (header.starts_with(scheme)) {
    const auto grant = tokens_.find(header.substr(scheme.size()), clock_.steady());
    if (grant) facts.tenant = lab_falcon_customer_id(grant->customer);
  }
  return facts;
}

Response FalconApi::refusal(const RequestFacts& facts, const Fault& fault) const {
  const auto words =
      fault.body.empty() ? std::string(falcon_message(fault.status, facts.operation)) : fault.body;
  // The vendor's 200 with errors names another status inside.
  const int inner = fault.status == 200 ? 403 : fault.status;
  auto response = falcon_error_as(fault.status, inner, words);
  if (fault.retry_after) {
    const auto moment = unix_seconds(clock_.now()) + static_cast<std::int64_t>(*fault.retry_after);
    response.headers.push_back({"X-RateLimit-RetryAfter", std::to_string(moment)});
  }
  response.delivery.delay = fault.delay;
  return response;
}

Response FalconApi::answer(const Request& request, const RequestFacts& facts) {
  if (facts.operation == "unknown") return falcon_error(404, "404: Page Not Found");
  if (facts.operation == "wrong_method") return falcon_error(405, "Method not allowed");
  if (facts.operation == "token") return token(request);
  if (facts.operation == "revoke") return revoke(request);
  if (facts.operation == "stream") return stream(request);
  Caller caller;
  if (auto refused = check_token(request, caller)) return std::move(*refused);
  auto response = check_rate(caller);
  if (!response) {
    response =
        facts.operation == "discovery" ? discovery(request, caller) : refresh(request, caller);
  }
  add_limits(*response, caller.customer);
  return std::move(*response);
}

FalconApi::Refused FalconApi::check_token(const Request& request, Caller& caller) const {
  const auto header = request.header("Authorization").value_or("");
  constexpr std::string_view scheme = "Bearer ";
  const bool bearer = equal_ignoring_case(header.substr(0, scheme.size()), scheme);
  const auto grant = bearer ? tokens_.find(header.substr(scheme.size()), clock_.steady())
                            : std::optional<AccessGrant>{};
  if (!grant) return falcon_error(401, "access denied, invalid bearer token");
  caller.grant = *grant;
  caller.customer = customers_.get(grant->customer);
  // A token of another cloud is a token nobody here knows the customer of.
  if (caller.customer.region != "us-1") {
    return falcon_error_as(200, 403, "access denied, authorization failed: unknown customer");
  }
  if (!grant->has_scope) return falcon_error(403, "access denied, scope not permitted");
  return std::nullopt;
}

FalconApi::Refused FalconApi::check_rate(const Caller& caller) {
  const auto most = caller.customer.requests_per_minute;
  const auto who = "rest/" + std::to_string(caller.customer.number);
  if (most == 0 || throttle_.allows(who, most, clock_.steady())) return std::nullopt;
  return limited(most);
}

Response FalconApi::limited(std::uint64_t per_minute) const {
  auto response = falcon_error(429, "API rate limit exceeded.");
  const auto wait = static_cast<std::int64_t>(60 / std::max<std::uint64_t>(per_minute, 1)) + 1;
  response.headers.push_back(
      {"X-RateLimit-RetryAfter", std::to_string(unix_seconds(clock_.now()) + wait)});
  return response;
}

void FalconApi::add_limits(Response& response, const FalconCustomer& customer) {
  const auto left =
      throttle_.left("rest/" + std::to_string(customer.number), customer.requests_per_minute);
  response.headers.push_back({"X-RateLimit-Limit", std::to_string(customer.requests_per_minute)});
  response.headers.push_back({"X-RateLimit-Remaining", std::to_string(left)});
  response.headers.push_back({"X-CS-Region", customer.region});
}

// ---- tokens ----

Response FalconApi::token(const Request& request) {
  const auto form = is_form(request) ? parse_parameters(request.body) : std::nullopt;
  const auto client_id = form ? field(*form, "client_id") : std::nullopt;
  const auto secret = form ? field(*form, "client_secret") : std::nullopt;
  if (!client_id || !secret) {
    return falcon_error(400, "invalid request: client_id and client_secret are required");
  }
  const auto client = FalconCustomers::client(*client_id, customers_.count());
  if (!client) return falcon_error(400, "Failed to issue access token - Not authorized: client_id");
  auto customer = customers_.get(client->customer);
  const auto limit = customer.token_requests_per_minute;
  const auto who = "token/" + std::to_string(customer.number);
  if (limit != 0 && !throttle_.allows(who, limit, clock_.steady())) return limited(limit);
  if (customer.address_refused) return falcon_error(403, "access denied, authorization failed");
  if (*secret != kLabClientSecret) {
    return falcon_error(401, "access denied, invalid client secret");
  }
  if (client->revoked) return falcon_error(403, "access denied, the API client was revoked");
  if (const auto member = field(*form, "member_cid")) {
    const auto child = customers_.by_id(*member);
    if (!child) return falcon_error(403, "access denied, member_cid is no child of this customer");
    customer = customers_.get(*child);
  }
  return issue_token(customer, *client, *client_id);
}

Response FalconApi::issue_token(const FalconCustomer& customer, const FalconClient& client,
                                const std::string& client_id) {
  AccessGrant grant;
  grant.customer = customer.number;
  grant.client_id = client_id;
  grant.has_scope = client.has_scope;
  grant.region = customer.region;
  grant.expires = clock_.steady() + std::chrono::seconds{customer.token_lifetime};
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().key("access_token").string(tokens_.issue(std::move(grant)));
  writer.key("token_type").string("bearer").key("expires_in").number(customer.token_lifetime);
  writer.end_object();
  auto response = text_response(201, std::move(body), "application/json");
  add_trace(response, new_trace_id());
  add_limits(response, customer);
  return response;
}

Response FalconApi::revoke(const Request& request) {
  const auto header = request.header("Authorization").value_or("");
  constexpr std::string_view scheme = "Basic ";
  const auto pair = header.starts_with(scheme) ? base64_decode(header.substr(scheme.size()))
                                               : std::optional<std::string>{};
  const auto colon = pair ? pair->find(':') : std::string::npos;
  const bool known =
      colon != std::string::npos && pair->substr(colon + 1) == kLabClientSecret &&
      FalconCustomers::client(std::string_view(*pair).substr(0, colon), customers_.count());
  if (!known) return falcon_error(401, "access denied, invalid client credentials");
  const auto form = is_form(request) ? parse_parameters(request.body) : std::nullopt;
  const auto token = form ? field(*form, "token") : std::nullopt;
  if (!token || !tokens_.revoke(*token)) return falcon_error(400, "invalid request: token");
  return falcon_answer(200, "[]");
}

// ---- switches ----

Status FalconApi::change(std::string_view json) {
  const auto actions = customers_.change(json);
  if (!actions) return tl::unexpected(actions.error());
  if (actions->partition >= feeds_.partitions()) {
    return fail_stop("lab/bad-setting",
                     "there is no partition " + std::to_string(actions->partition),
                     "start the lab with more partitions");
  }
  feeds_.keep_for(actions->customer, customers_.get(actions->customer).retention);
  if (actions->revoke_tokens) tokens_.revoke_all(actions->customer);
  if (actions->end_sessions) sessions_.end_all(actions->customer);
  Status done;
  if (actions->expire) done = feeds_.expire(actions->customer, actions->partition);
  if (done && actions->large) {
    done = feeds_.add_large(actions->customer, actions->partition, *actions->large);
  }
  if (done && actions->line) {
    done = feeds_.plant_line(actions->customer, actions->partition, *actions->line);
  }
  return done;
}

std::string FalconApi::status_json() const {
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().key("streams_connected").number(std::uint64_t{sessions_.connected()});
  writer.key("streams_opened").number(streams_opened_.load()).key("feeds").begin_array();
  const auto until = feeds_.visible_until();
  for (const auto& feed : feeds_.snapshot()) {
    const auto& row = feed.row();
    const auto end = feed.end(until);
    writer.begin_object().key("customer").string(lab_falcon_customer_id(row.customer));
    writer.key("partition").number(std::uint64_t{row.partition});
    writer.key("feed").string(feed_id_of(row.partition));
    writer.key("events").number(end.own + end.added).key("added").number(end.added);
    writer.key("oldest").number(feed.offset_at(feed.oldest()));
    writer.key("next").number(feed.schedule().number_behind(end.own) + end.added);
    writer.key("asked").number(row.demand.asked).key("gaps");
    writer.number(std::uint64_t{row.demand.gaps.size()}).end_object();
  }
  writer.end_array().end_object();
  return body;
}

}  // namespace cistern::lab
