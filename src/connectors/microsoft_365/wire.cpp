#include "connectors/microsoft_365/wire.hpp"

#include "base/bytes.hpp"

#include <boost/json.hpp>

namespace cistern::connectors::microsoft_365 {

namespace json = boost::json;

namespace {

constexpr std::size_t kExcerpt = 512;
constexpr std::size_t kGuidLength = 36;

bool is_guid_at(std::string_view text, std::size_t at) {
  if (text.size() < at + kGuidLength) return false;
  for (std::size_t i = 0; i < kGuidLength; ++i) {
    const char c = text[at + i];
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (hyphen ? c != '-' : !hex) return false;
  }
  return true;
}

HttpRequest request(std::string_view method, std::string url) {
  HttpRequest out;
  out.method = method;
  out.url = std::move(url);
  out.headers = {{"Accept", "application/json"}};
  out.max_body = kMaxListBody;
  return out;
}

std::string feed(const Api& api, std::string_view operation) {
  return api.manage_url + "/api/v1.0/" + api.tenant + "/activity/feed/" + std::string(operation);
}

std::optional<json::value> parse(std::string_view body) {
  json::parse_options options;
  options.max_depth = 32;
  boost::system::error_code error;
  // A byte order mark is not JSON, but gateways have been seen to add one.
  if (body.substr(0, 3) == "\xEF\xBB\xBF") body.remove_prefix(3);
  json::value value = json::parse({body.data(), body.size()}, error, {}, options);
  if (error) return std::nullopt;
  return value;
}

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  if (value == nullptr || !value->is_string()) return {};
  const json::string& text = value->get_string();
  return {text.data(), text.size()};
}

Subscription subscription_of(const json::object& object) {
  Subscription out{.content_type = text_of(object, "contentType")};
  const std::string status = text_of(object, "status");
  if (equal_ignoring_case(status, "enabled")) out.state = SubscriptionState::enabled;
  if (equal_ignoring_case(status, "disabled")) out.state = SubscriptionState::disabled;
  const json::value* webhook = object.if_contains("webhook");
  if (webhook != nullptr && webhook->is_object()) {
    out.webhook = excerpt(text_of(webhook->get_object(), "status"), 40);
    if (out.webhook.empty()) out.webhook = "of unknown status";
    out.webhook_address = excerpt(text_of(webhook->get_object(), "address"), kMaxLink);
    if (std::string auth_id = text_of(webhook->get_object(), "authId"); !auth_id.empty()) {
      out.webhook_auth_id = Secret{std::move(auth_id)};
    }
    out.webhook_expires =
        parse_time(text_of(webhook->get_object(), "expiration")).value_or(TimePoint{});
  }
  return out;
}

void add_blob(const json::value& item, std::string_view manage_url, ContentPage& page) {
  const json::object* object = item.if_object();
  BlobRef blob;
  if (object != nullptr) {
    blob.id = text_of(*object, "contentId");
    blob.url = text_of(*object, "contentUri");
    blob.created_text = text_of(*object, "contentCreated");
    if (blob.created_text.size() > 64) blob.created_text.clear();
    blob.created = parse_time(blob.created_text).value_or(TimePoint{});
    blob.expires = parse_time(text_of(*object, "contentExpiration")).value_or(TimePoint{});
  }
  if (blob.id.empty() || blob.id.size() > kMaxContentId || !is_utf8(blob.id) || blob.url.empty()) {
    ++page.unreadable;
    return;
  }
  if (!link_allowed(manage_url, blob.url)) {
    if (page.foreign++ == 0)
      page.foreign_host = excerpt(url_origin(blob.url).value_or(blob.url), 100);
    return;
  }
  page.blobs.push_back(std::move(blob));
}

}  // namespace

const ContentType* find_content_type(std::string_view name) {
  for (const ContentType& type : kContentTypes) {
    if (equal_ignoring_case(type.name, name)) return &type;
  }
  return nullptr;
}

HttpRequest openid_request(std::string_view login_url, std::string_view tenant) {
  return request("GET", std::string(login_url) + "/" + percent_encode(tenant) +
                            "/v2.0/.well-known/openid-configuration");
}

HttpRequest subscriptions_request(const Api& api) {
  return request("GET", with_publisher(feed(api, "subscriptions/list"), api.publisher));
}

HttpRequest start_request(const Api& api, std::string_view content_type,
                          const WebhookRegistration* webhook) {
  HttpRequest out =
      request("POST", with_publisher(feed(api, "subscriptions/start") +
                                         "?contentType=" + percent_encode(content_type),
                                     api.publisher));
  if (webhook == nullptr) {
    // The front end answers 411 to a POST without it.
    out.headers.push_back({"Content-Length", "0"});
    return out;
  }
  json::object body;
  body["address"] = json::string_view{webhook->address.data(), webhook->address.size()};
  webhook->auth_id.use([&](std::string_view text) {
    body["authId"] = json::string_view{text.data(), text.size()};
  });
  body["expiration"] = format_time_seconds(webhook->expiration) + "Z";
  out.headers.push_back({"Content-Type", "application/json"});
  out.body = json::serialize(json::object{{"webhook", std::move(body)}});
  out.sensitive = true;
  return out;
}

HttpRequest content_request(const Api& api, std::string_view content_type, TimePoint from,
                            TimePoint to) {
  return request("GET", with_publisher(feed(api, "subscriptions/content") +
                                           "?contentType=" + percent_encode(content_type) +
                                           "&startTime=" + format_time_seconds(from) +
                                           "&endTime=" + format_time_seconds(to),
                                       api.publisher));
}

HttpRequest page_request(const Api& api, std::string_view url) {
  return request("GET", with_publisher(url, api.publisher));
}

HttpRequest blob_request(const Api& api, std::string_view url, std::uint64_t max_body) {
  HttpRequest out = request("GET", with_publisher(url, api.publisher));
  out.max_body = max_body;
  out.timeout = std::chrono::minutes{10};
  return out;
}

std::string with_publisher(std::string_view url, std::string_view publisher) {
  constexpr std::string_view kName = "PublisherIdentifier";
  std::string out(url);
  const std::size_t mark = url.find('?');
  if (publisher.empty()) return out;
  std::string_view query =
      mark == std::string_view::npos ? std::string_view{} : url.substr(mark + 1);
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    if (equal_ignoring_case(pair.substr(0, pair.find('=')), kName)) return out;
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
  }
  if (mark == std::string_view::npos) {
    out += '?';
  } else if (out.back() != '?' && out.back() != '&') {
    out += '&';
  }
  out.append(kName).append("=").append(percent_encode(publisher));
  return out;
}

bool link_allowed(std::string_view manage_url, std::string_view url) {
  if (url.size() > kMaxLink) return false;
  for (const char c : url) {
    if (c <= ' ' || c >= 0x7f || c == '#' || c == '\\') return false;
  }
  const std::optional<std::string> ours = url_origin(manage_url);
  return ours.has_value() && url_origin(url) == ours;
}

bool is_guid(std::string_view text) {
  return text.size() == kGuidLength && is_guid_at(text, 0);
}

std::optional<std::string> find_guid(std::string_view text) {
  for (std::size_t at = 0; at + kGuidLength <= text.size(); ++at) {
    if (is_guid_at(text, at)) return lower_case(text.substr(at, kGuidLength));
  }
  return std::nullopt;
}

Identity blob_key(std::string_view content_id) {
  return make_identity({"microsoft_365/blob", content_id});
}

Result<std::string> parse_openid(const HttpResponse& response) {
  const std::optional<json::value> value = parse(response.body);
  const json::object* object = value ? value->if_object() : nullptr;
  if (object != nullptr) {
    for (const std::string_view key : {"token_endpoint", "issuer"}) {
      if (std::optional<std::string> guid = find_guid(text_of(*object, key))) return *guid;
    }
  }
  return fail(unreadable_answer(response, "an OpenID configuration that names the tenant's GUID"));
}

Result<std::vector<Subscription>> parse_subscriptions(const HttpResponse& response) {
  const std::optional<json::value> value = parse(response.body);
  const json::array* array = value ? value->if_array() : nullptr;
  if (array == nullptr || array->size() > 1000) {
    return fail(unreadable_answer(response, "a list of subscriptions"));
  }
  std::vector<Subscription> out;
  for (const json::value& item : *array) {
    if (const json::object* object = item.if_object()) out.push_back(subscription_of(*object));
  }
  return out;
}

Result<Subscription> parse_started(const HttpResponse& response) {
  const std::optional<json::value> value = parse(response.body);
  const json::object* object = value ? value->if_object() : nullptr;
  if (object == nullptr) return fail(unreadable_answer(response, "a subscription"));
  return subscription_of(*object);
}

Result<ContentPage> parse_content(const HttpResponse& response, std::string_view manage_url) {
  const std::optional<json::value> value = parse(response.body);
  const json::array* array = value ? value->if_array() : nullptr;
  // An answer without a body is not an empty page: moving on would pass over events never seen.
  if (array == nullptr) return fail(unreadable_answer(response, "a list of content"));
  if (array->size() > kMaxPageItems) {
    return fail(unreadable_answer(response, "a list of at most 20,000 items"));
  }
  ContentPage page;
  for (const json::value& item : *array)
    add_blob(item, manage_url, page);
  // The reference says NextPageUri, one text of the FAQ NextPageUrl.
  for (const std::string_view name : {"NextPageUri", "NextPageUrl"}) {
    const std::optional<std::string_view> next = response.header(name);
    if (next && !next->empty()) {
      page.next = std::string(*next);
      break;
    }
  }
  return page;
}

std::string describe_answer(const HttpResponse& response) {
  std::string out = "status " + std::to_string(response.status) + ", " +
                    excerpt(response.header("Content-Type").value_or("no content type"), 80) + ", ";
  if (response.body.empty()) return out + "no body";
  return out + std::to_string(response.body.size()) + " bytes beginning \"" +
         excerpt(response.body, kExcerpt) + "\"";
}

Failure unreadable_answer(const HttpResponse& response, std::string_view expected) {
  return {
      .verdict = Verdict::retry,
      .code = "microsoft_365/unreadable-answer",
      .cause = "expected " + std::string(expected) + ", received " + describe_answer(response),
      .consequence = "nothing was taken from this answer and no position moved; it is asked again",
      .next_step =
          "if it stays so: a proxy or gateway may be answering in Microsoft's place; open the "
          "host of manage_url from this machine and read the page"};
}

std::optional<TimePoint> server_time(const HttpResponse& response) {
  const std::optional<std::string_view> date = response.header("Date");
  return date ? parse_http_date(*date) : std::nullopt;
}

}  // namespace cistern::connectors::microsoft_365
