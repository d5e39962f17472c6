#include "connectors/crowdstrike_falcon/wire.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

#include <boost/json.hpp>

namespace cistern::connectors::crowdstrike_falcon {

namespace json = boost::json;

namespace {

constexpr std::size_t kExcerpt = 300;
constexpr std::size_t kLongestToken = 16 * 1024;
constexpr std::size_t kLongestSegment = 64;
constexpr std::int64_t kLongestInterval = 24 * 3600;

HttpRequest request(std::string_view method, std::string url) {
  HttpRequest out;
  out.method = method;
  out.url = std::move(url);
  out.headers = {{"Accept", "application/json"}};
  out.max_body = kMaxAnswer;
  out.timeout = std::chrono::seconds{60};
  return out;
}

std::optional<json::object> parse_object(std::string_view body) {
  json::parse_options options;
  options.max_depth = 32;
  boost::system::error_code error;
  json::value value =
      json::parse({body.data(), std::min(body.size(), kMaxAnswer)}, error, {}, options);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

const json::object* object_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  return value == nullptr ? nullptr : value->if_object();
}

const json::array* array_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  return value == nullptr ? nullptr : value->if_array();
}

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  if (value == nullptr || !value->is_string()) return {};
  const json::string& text = value->get_string();
  return {text.data(), text.size()};
}

std::int64_t number_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

/// A header's value must not be able to end the header.
bool is_header_token(std::string_view text) {
  return !text.empty() && text.size() <= kLongestToken &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

/// An absent or absurd interval becomes the customary half hour.
Duration interval_of(const json::object& resource) {
  const std::int64_t seconds = number_of(resource, "refreshActiveSessionInterval");
  if (seconds <= 0 || seconds > kLongestInterval) return std::chrono::seconds{1800};
  return std::chrono::seconds{seconds};
}

std::optional<FeedOffer> offer_of(const json::value& value) {
  const json::object* resource = value.if_object();
  if (resource == nullptr) return std::nullopt;
  FeedOffer out;
  out.url = text_of(*resource, "dataFeedURL");
  out.refresh_url = text_of(*resource, "refreshActiveSessionURL");
  out.feed = segment_after(out.url, "/datafeed/v1/");
  out.partition = segment_after(out.refresh_url, "/datafeed-actions/v1/");
  out.refresh_interval = interval_of(*resource);
  const json::object* session = object_of(*resource, "sessionToken");
  std::string token = session == nullptr ? std::string{} : text_of(*session, "token");
  if (out.feed.empty() || out.partition.empty() || !is_header_token(token)) return std::nullopt;
  out.token = Secret{std::move(token)};
  return out;
}

Failure unusable(std::string code, std::string cause) {
  return {.verdict = Verdict::retry,
          .code = std::move(code),
          .cause = std::move(cause),
          .consequence = "no position moved; it is asked again with growing delays",
          .next_step =
              "if it lasts, check api_url and whether a proxy answers in the vendor's "
              "place"};
}

std::optional<std::int64_t> epoch_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

HttpRequest discovery_request(std::string_view api_url, std::string_view app_id) {
  return request("GET", std::string{api_url} +
                            "/sensors/entities/datafeed/v2?appId=" + percent_encode(app_id));
}

HttpRequest refresh_request(std::string_view refresh_url) {
  HttpRequest out = request("POST", std::string{refresh_url});
  out.headers.push_back({"Content-Type", "application/json"});
  // Front ends answer 411 to a POST that does not say that it has no body.
  out.headers.push_back({"Content-Length", "0"});
  return out;
}

HttpRequest stream_request(std::string_view data_feed_url, const Secret& session_token,
                           StreamStart start) {
  std::string url{data_feed_url};
  const std::string separator = url.find('?') == std::string::npos ? "?" : "&";
  if (start.kind == StreamStart::Kind::newest) url += separator + "whence=2";
  if (start.kind == StreamStart::Kind::offset) {
    url += separator + "offset=" + std::to_string(start.offset);
  }
  HttpRequest out = request("GET", std::move(url));
  session_token.use([&](std::string_view token) {
    out.headers.push_back({"Authorization", std::string{"Token "}.append(token)});
  });
  out.headers.push_back({"Connection", "Keep-Alive"});
  out.sensitive = true;
  return out;
}

std::string trace_id_of(const HttpResponse& response) {
  if (const auto header = response.header("X-CS-TRACEID")) return excerpt(*header, 64);
  const auto body = parse_object(response.body);
  const json::object* meta = body ? object_of(*body, "meta") : nullptr;
  return meta == nullptr ? std::string{} : excerpt(text_of(*meta, "trace_id"), 64);
}

std::optional<AnswerError> find_error(const HttpResponse& response) {
  AnswerError out;
  out.status = response.status;
  const auto body = parse_object(response.body);
  const json::array* errors = body ? array_of(*body, "errors") : nullptr;
  const bool succeeded = response.status / 100 == 2;
  if (succeeded && (errors == nullptr || errors->empty())) return std::nullopt;
  out.trace_id = trace_id_of(response);
  if (const auto date = response.header("Date")) out.time = excerpt(*date, 64);
  out.readable = body.has_value();
  const json::object* first =
      errors == nullptr || errors->empty() ? nullptr : errors->front().if_object();
  if (first == nullptr) {
    out.message = succeeded ? "errors without words" : describe_answer(response);
    return out;
  }
  out.code = static_cast<int>(std::clamp<std::int64_t>(number_of(*first, "code"), 0, 99'999));
  out.message = excerpt(text_of(*first, "message"), kExcerpt);
  return out;
}

Result<Discovery> parse_discovery(const HttpResponse& response) {
  if (response.body.find_first_not_of(" \t\r\n") == std::string::npos) {
    return fail(unusable("crowdstrike_falcon/empty-answer",
                         "the discovery of streams was answered with an empty body (HTTP " +
                             std::to_string(response.status) + ")"));
  }
  const auto body = parse_object(response.body);
  const json::array* resources = body ? array_of(*body, "resources") : nullptr;
  const json::value* named = body ? body->if_contains("resources") : nullptr;
  if (named != nullptr && named->is_null()) return Discovery{};
  if (resources == nullptr || resources->size() > kMaxFeeds) {
    return fail(unusable(
        "crowdstrike_falcon/unreadable-answer",
        "the discovery of streams was answered with something else: " + describe_answer(response)));
  }
  Discovery out;
  for (const json::value& resource : *resources) {
    if (auto offer = offer_of(resource)) {
      out.feeds.push_back(std::move(*offer));
    } else {
      ++out.unreadable;
    }
  }
  std::sort(out.feeds.begin(), out.feeds.end(), [](const FeedOffer& a, const FeedOffer& b) {
    return std::tie(a.partition, a.feed, a.url) < std::tie(b.partition, b.feed, b.url);
  });
  return out;
}

Duration throttle_delay(const HttpResponse& response, TimePoint now) {
  constexpr Duration kLeast = std::chrono::seconds{1};
  constexpr Duration kMost = std::chrono::seconds{60};
  std::optional<Duration> delay;
  if (const auto moment = response.header("X-RateLimit-RetryAfter")) {
    if (const auto epoch = epoch_of(*moment); epoch && *epoch > 0 && *epoch < 10'000'000'000) {
      delay = TimePoint{std::chrono::seconds{*epoch}} - now;
    }
  }
  if (const auto after = response.header("Retry-After")) {
    if (const auto asked = parse_retry_after(*after, now, kMost)) {
      delay = std::max(delay.value_or(*asked), *asked);
    }
  }
  return std::clamp(delay.value_or(kMost), kLeast, kMost);
}

Duration quota_pause(const HttpResponse& response) {
  const auto header = response.header("X-RateLimit-Remaining");
  const auto left = header ? epoch_of(*header) : std::nullopt;
  if (!left || *left > 10) return Duration{0};
  return std::chrono::milliseconds{*left <= 5 ? 500 : 200};
}

std::string describe_answer(const HttpResponse& response) {
  std::string out = "status " + std::to_string(response.status) + ", " +
                    excerpt(response.header("Content-Type").value_or("no content type"), 80) + ", ";
  if (response.body.empty()) return out + "no body";
  // A success holds tokens, whatever is wrong with its form.
  if (response.status / 100 == 2) return out + std::to_string(response.body.size()) + " bytes";
  return out + std::to_string(response.body.size()) + " bytes beginning \"" +
         excerpt(response.body, kExcerpt) + "\"";
}

std::string segment_after(std::string_view url, std::string_view marker) {
  const std::string_view path = url.substr(0, url.find('?'));
  const std::size_t at = path.find(marker);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = path.substr(at + marker.size());
  const std::string_view segment = rest.substr(0, rest.find('/'));
  const bool plain = std::all_of(segment.begin(), segment.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
  if (segment.empty() || segment.size() > kLongestSegment || !plain) return {};
  return std::string{segment};
}

}  // namespace cistern::connectors::crowdstrike_falcon
