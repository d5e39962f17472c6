// The operations themselves; every request that comes here has passed the common checks.
#include "base/bytes.hpp"
#include "base/random.hpp"
#include "codec/json.hpp"
#include "lab/harness/random.hpp"
#include "lab/microsoft_365/activity_api.hpp"
#include "lab/microsoft_365/activity_errors.hpp"

#include <boost/json.hpp>

namespace cistern::lab {

namespace {

constexpr std::uint64_t kPageSecret = 0x11C7A6;

// SharePoint has been echoed back with another case than it was asked for.
std::string_view echoed_name(ContentType type, FaultProfile profile) {
  if (type == ContentType::sharepoint && profile != FaultProfile::calm) return "Audit.Sharepoint";
  return to_string(type);
}

void write_webhook(codec::JsonWriter& writer, const Webhook& webhook, TimePoint now) {
  const auto* status = webhook.expired(now) ? "expired" : webhook.disabled ? "disabled" : "enabled";
  writer.begin_object().key("status").string(status);
  writer.key("address").string(webhook.address).key("authId").string(webhook.auth_id);
  writer.key("expiration");
  writer.string(webhook.expiration == TimePoint{} ? "" : format_time(webhook.expiration));
  writer.end_object();
}

void write_subscription(codec::JsonWriter& writer, std::string_view name, bool enabled,
                        const std::optional<Webhook>& webhook, TimePoint now) {
  writer.begin_object().key("contentType").string(name);
  writer.key("status").string(enabled ? "enabled" : "disabled").key("webhook");
  if (webhook) {
    write_webhook(writer, *webhook, now);
  } else {
    writer.null();
  }
  writer.end_object();
}

tl::unexpected<Response> refused(std::string_view code, const std::string& message) {
  return tl::unexpected(activity_error(400, code, message));
}

std::string text_member(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string{};
}

std::string query_text(const Request& request) {
  return lower_case(request.parameter("contentType").value_or("")) + "|" +
         std::string(request.parameter("startTime").value_or("")) + "|" +
         std::string(request.parameter("endTime").value_or(""));
}

std::string contents_json(const std::vector<Blob>& blobs, std::string_view base) {
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_array();
  for (const auto& blob : blobs) {
    writer.begin_object();
    writer.key("contentUri").string(std::string(base) + "/activity/feed/audit/" + blob.content_id);
    writer.key("contentId").string(blob.content_id);
    writer.key("contentType").string(to_string(blob.type));
    writer.key("contentCreated").string(format_time(blob.created));
    writer.key("contentExpiration").string(format_time(blob.expires)).end_object();
  }
  writer.end_array();
  return body;
}

// Headers are compared without case, and some front ends prove it.
std::string_view next_header_name(FaultProfile profile, std::uint64_t roll) {
  constexpr std::array<std::string_view, 3> names = {"NextPageUri", "nextpageuri", "NextPageURI"};
  return profile == FaultProfile::calm ? names[0] : names[roll % names.size()];
}

}  // namespace

Response ActivityApi::start(const Request& request, const RequestFacts& facts,
                            const Caller& caller) {
  if (!caller.tenant.auditing) {
    SystemRandom random;
    return activity_error(
        400, "StartSubscription [CorrId=" + random_uuid(random) + "] failed for the tenant.",
        "StartSubscription failed. Exception: "
        "Microsoft.Office.Compliance.Audit.DataServiceException:"
        " Tenant " +
            caller.tenant.id + " does not exist.");
  }
  const std::chrono::seconds least{caller.tenant.start_interval};
  if (subscriptions_.too_soon(caller.tenant.id, *caller.type, clock_.now(), least)) {
    return refusal(facts, 403, "AF429");
  }
  const auto webhook = webhook_of(request, caller);
  if (!webhook) return webhook.error();
  const auto outcome =
      subscriptions_.start(caller.tenant.id, *caller.type, clock_.now(), least, *webhook);
  if (outcome == StartOutcome::too_soon) return refusal(facts, 403, "AF429");
  const bool disabled = caller.tenant.disabled.contains(std::string(to_string(*caller.type)));
  if (outcome == StartOutcome::already_enabled && !disabled) {
    return activity_error(400, "AF20024",
                          "The subscription is already enabled. No property change.");
  }
  std::string body;
  codec::JsonWriter writer(body);
  write_subscription(writer, echoed_name(*caller.type, timeline_.options().profile), true, *webhook,
                     clock_.now());
  return text_response(200, std::move(body));
}

tl::expected<std::optional<Webhook>, Response> ActivityApi::webhook_of(const Request& request,
                                                                       const Caller& caller) const {
  if (request.body.empty()) return std::nullopt;
  boost::json::error_code error;
  const auto body = boost::json::parse(request.body, error);
  if (error || !body.is_object()) {
    return refused("AF20001", "The request body is not a JSON object.");
  }
  const auto* member = body.get_object().if_contains("webhook");
  if (member == nullptr) return std::nullopt;
  if (!member->is_object()) return refused("AF20001", "Missing parameter: webhook.address.");
  Webhook webhook;
  webhook.address = text_member(member->get_object(), "address");
  webhook.auth_id = text_member(member->get_object(), "authId");
  webhook.client_id = caller.claims.client_id;
  webhook.base_url = request.base_url;
  webhook.tenant_number = caller.tenant.number;
  if (webhook.address.empty()) return refused("AF20001", "Missing parameter: webhook.address.");
  const std::string expiration = text_member(member->get_object(), "expiration");
  if (!expiration.empty()) {
    const auto time = parse_time(expiration);
    if (!time) {
      return refused("AF20002",
                     "Invalid parameter type: webhook.expiration. Expected type: "
                     "datetime.");
    }
    if (*time <= clock_.now()) {
      return refused("AF20003",
                     "The expiration of the webhook (" + expiration + ") is set to past.");
    }
    webhook.expiration = *time;
  }
  const std::string prefix =
      "The webhook endpoint (" + excerpt(webhook.address, 200) + ") could not be validated: ";
  if (!webhook.address.starts_with("https://")) {
    return refused("AF20021", prefix + "the address must begin with HTTPS.");
  }
  if (const auto why = notifier_.validate(webhook); !why.empty()) {
    return refused("AF20021", prefix + "it did not return HTTP 200 (" + excerpt(why, 200) + ").");
  }
  return webhook;
}

Response ActivityApi::stop(const Caller& caller) {
  if (!subscriptions_.stop(caller.tenant.id, *caller.type)) {
    return activity_error(400, "AF20022", "No subscription found for the specified content type.");
  }
  return text_response(200, "");
}

Response ActivityApi::list_subscriptions(const Caller& caller) const {
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_array();
  const auto now = clock_.now();
  for (const auto type : kContentTypes) {
    const auto subscription = subscriptions_.get(caller.tenant.id, type);
    if (!subscription) continue;
    const auto since = now - subscription->last_start;
    if (since < std::chrono::seconds{caller.tenant.visible_after}) continue;
    const bool disabled = caller.tenant.disabled.contains(std::string(to_string(type)));
    write_subscription(writer, echoed_name(type, timeline_.options().profile),
                       subscription->enabled && !disabled, subscription->webhook, now);
  }
  writer.end_array();
  return text_response(200, std::move(body));
}

std::string ActivityApi::next_link(const Request& request, const Caller& caller,
                                   const std::string& token) const {
  const bool calm = timeline_.options().profile == FaultProfile::calm;
  std::string link =
      request.base_url + (calm ? "/api/v1.0/" : "/api/v1/") + caller.tenant.id +
      "/activity/feed/subscriptions/content?contentType=" + std::string(to_string(*caller.type));
  const auto start = request.parameter("startTime");
  const auto end = request.parameter("endTime");
  if (start) link += "&startTime=" + percent_encode(*start);
  if (end) link += (calm ? "&endTime=" : "&endtime=") + percent_encode(*end);
  link += "&nextPage=" + token;
  if (calm) {
    link += "&PublisherIdentifier=" +
            std::string(request.parameter("PublisherIdentifier").value_or(""));
  }
  return link;
}

Response ActivityApi::list_content(const Request& request, const Caller& caller) const {
  ListingQuery query{caller.tenant.number, *caller.type, {}, visible_until(), 0};
  const auto text = query_text(request) + "|" + caller.tenant.id;
  if (const auto token = request.parameter("nextPage")) {
    const auto place = read_page_token(kPageSecret, text, *token);
    if (!place) {
      return activity_error(400, "AF20031", "Invalid nextPage Input: not a page of this query.");
    }
    query.offset = place->offset;
    query.as_of = place->as_of;
  }
  // Without times the window hangs on the moment of the first page, so that all pages share it.
  const auto window =
      parse_window(request, request.parameter("startTime") ? clock_.now() : query.as_of);
  if (!window) {
    const auto& refused = window.error();
    return activity_error(refused.status, refused.code, refused.message);
  }
  query.window = *window;
  const auto page = list_page(timeline_, query, options_.page_size);
  auto response = text_response(
      200, contents_json(page.blobs, request.base_url + "/api/v1.0/" + caller.tenant.id));
  if (page.next_offset) {
    const auto token = page_token(kPageSecret, text, *page.next_offset, query.as_of);
    const auto name = next_header_name(timeline_.options().profile, *page.next_offset);
    response.headers.push_back({std::string(name), next_link(request, caller, token)});
  }
  return response;
}

Response ActivityApi::notifications(const Request& request, const Caller& caller) const {
  const auto window = parse_window(request, clock_.now());
  if (!window) {
    const auto& refused = window.error();
    return activity_error(refused.status, refused.code, refused.message);
  }
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_array();
  const auto base = request.base_url + "/api/v1.0/" + caller.tenant.id + "/activity/feed/audit/";
  for (const auto& attempt :
       notifier_.attempts(caller.tenant.id, *caller.type, window->from, window->to)) {
    for (const auto& blob : attempt.contents) {
      writer.begin_object().key("contentType").string(to_string(blob.type));
      writer.key("contentId").string(blob.content_id);
      writer.key("contentUri").string(base + blob.content_id);
      writer.key("contentCreated").string(format_time(blob.created));
      writer.key("contentExpiration").string(format_time(blob.expires));
      writer.key("notificationSent").string(format_time(attempt.sent));
      writer.key("notificationStatus").string(attempt.status).end_object();
    }
  }
  writer.end_array();
  return text_response(200, std::move(body));
}

Response ActivityApi::fetch_blob(const Request& request, const Caller& caller) {
  const auto content_id = request.path.substr(request.path.rfind('/') + 1);
  // Clients that encode the `$` of an opaque address again have met refusals; the lab shows them.
  if (!caller.type || request.target.find('%') != std::string::npos || content_id.size() > 200) {
    return activity_error(400, "AF20052", "Content ID is invalid: " + excerpt(content_id, 120));
  }
  const auto blob = timeline_.find(caller.tenant.number, content_id);
  if (!blob || blob->visible > visible_until() || blob->gap == Gap::not_found) {
    return activity_error(
        404, "AF20050", "The specified content (" + excerpt(content_id, 200) + ") does not exist.");
  }
  if (blob->expires <= clock_.now() || blob->gap != Gap::none) {
    return activity_error(400, "AF20051",
                          "Content requested with the key " + content_id + " has already expired.");
  }
  Response response;
  response.gzipped = request.accepts_gzip();
  response.body.text = response.gzipped ? blobs_.gzipped(caller.tenant.number, *blob)
                                        : blobs_.plain(caller.tenant.number, *blob);
  return response;
}

Response ActivityApi::friendly_names(const Request& request) const {
  const auto language = request.header("Accept-Language").value_or("en-US");
  if (language.find(',') != std::string_view::npos) {
    return activity_error(400, "AF20053", "The header Accept-Language may name one language only.");
  }
  return text_response(200, R"([{"id":"50842eb7-edc8-4019-85dd-5a5c1f2bb085",)"
                            R"("name":"Credit Card Number"},)"
                            R"({"id":"cb353f78-2b72-4c3c-8827-92ebe4f69fdf",)"
                            R"("name":"ABA Routing Number"}])");
}

}  // namespace cistern::lab
