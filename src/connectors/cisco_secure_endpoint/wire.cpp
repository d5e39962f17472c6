#include "connectors/cisco_secure_endpoint/wire.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "codec/json_paths.hpp"
#include "codec/json_scan.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace cistern::connectors::cisco_secure_endpoint {
namespace {

constexpr std::size_t kExcerpt = 300;
constexpr std::size_t kMaxDetails = 5;
constexpr std::size_t kLongestLink = 8192;
constexpr std::uint64_t kLongestReset = 2 * 3600;  ///< Seconds; the vendor's window is an hour.

HttpRequest get(std::string url, std::uint64_t max_body) {
  HttpRequest out;
  out.url = std::move(url);
  out.headers = {{"Accept", "application/json"}};
  out.max_body = max_body;
  return out;
}

/// Whole seconds with a zone: both forms of the vendor's examples agree on it.
std::string time_text(TimePoint time) {
  return percent_encode(format_time_seconds(time) + "+00:00");
}

/// The first page is asked for without an offset, so that an interface which does not know the
/// parameter answers it.
void append_page(std::string& url, std::uint64_t offset, unsigned limit) {
  url += "&limit=" + std::to_string(std::clamp(limit, 1U, kMaxPage));
  if (offset > 0) url += "&offset=" + std::to_string(offset);
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool is_string(std::string_view json) {
  return json.size() >= 2 && json.front() == '"';
}

std::string text_of(std::string_view json) {
  std::string out;
  if (is_string(json)) codec::append_unescaped(out, json.substr(1, json.size() - 2));
  return out;
}

bool is_valid_object(std::string_view body) {
  codec::JsonSplitter splitter;
  if (!splitter.why_invalid(body).empty()) return false;
  const char* const end = body.data() + body.size();
  const char* const at = codec::skip_json_space(body.data(), end);
  return at != end && *at == '{';
}

std::string joined_details(std::string_view details) {
  if (is_string(details)) return excerpt(text_of(details), kExcerpt);
  if (details.empty() || details.front() != '[') return {};
  std::string out;
  std::size_t count = 0;
  for (codec::JsonElements walk(details); count < kMaxDetails && walk.next(); ++count) {
    const std::string text = excerpt(text_of(walk.value()), kExcerpt);
    if (!text.empty()) out += (out.empty() ? "" : "; ") + text;
  }
  return out;
}

std::optional<std::uint64_t> rate_header(const HttpResponse& response, std::string_view name) {
  for (const std::string_view prefix : {"X-RateLimit-", "X-Rate-Limit-"}) {
    const auto value = response.header(std::string{prefix}.append(name));
    if (value) return number_of(*value);
  }
  return std::nullopt;
}

}  // namespace

HttpRequest version_request(std::string_view api_url) {
  return get(std::string{api_url} + "/v1/version", kMaxSmallAnswer);
}

HttpRequest event_types_request(std::string_view api_url) {
  return get(std::string{api_url} + "/v1/event_types", kMaxSmallAnswer);
}

HttpRequest event_streams_request(std::string_view api_url) {
  return get(std::string{api_url} + "/v1/event_streams", kMaxSmallAnswer);
}

HttpRequest events_request(std::string_view api_url, const EventsQuery& query) {
  std::string url = std::string{api_url} + "/v1/events?start_date=" + time_text(query.from);
  append_page(url, query.offset, query.limit);
  if (!query.event_type.empty()) url += "&event_type%5B%5D=" + percent_encode(query.event_type);
  return get(std::move(url), kMaxPageBytes);
}

HttpRequest audit_request(std::string_view api_url, const AuditQuery& query) {
  std::string url = std::string{api_url} + "/v1/audit_logs?start_time=" + time_text(query.from) +
                    "&end_time=" + time_text(query.to);
  append_page(url, query.offset, query.limit);
  return get(std::move(url), kMaxPageBytes);
}

PageFacts read_page_facts(std::string_view metadata) {
  PageFacts facts;
  facts.total = number_of(codec::find_json_path(metadata, "results.total")).value_or(0);
  const std::string_view next = codec::find_json_path(metadata, "links.next");
  // An absent link and one that is null end the pages alike.
  if (is_string(next)) facts.next = text_of(next.substr(0, kLongestLink));
  return facts;
}

ApiError read_error(const HttpResponse& response) {
  ApiError out;
  out.status = response.status;
  if (response.body.size() <= kMaxSmallAnswer && is_valid_object(response.body)) {
    const std::string_view errors = codec::find_json_path(response.body, "errors");
    std::string_view first;
    if (!errors.empty() && errors.front() == '[') {
      codec::JsonElements walk(errors);
      if (walk.next()) first = walk.value();
    }
    out.readable = !first.empty() && first.front() == '{';
    if (out.readable) {
      out.description = excerpt(text_of(codec::find_json_path(first, "description")), kExcerpt);
      out.details = joined_details(codec::find_json_path(first, "details"));
      return out;
    }
  }
  out.description = excerpt(response.body, kExcerpt);
  return out;
}

RateFacts read_rate(const HttpResponse& response) {
  RateFacts out;
  out.limit = rate_header(response, "Limit");
  out.remaining = rate_header(response, "Remaining");
  if (const auto seconds = rate_header(response, "Reset")) {
    out.reset = std::chrono::seconds{std::min(*seconds, kLongestReset)};
  }
  return out;
}

Result<std::vector<std::string>> read_event_types(const HttpResponse& response) {
  std::vector<std::string> out;
  if (is_valid_object(response.body)) {
    const std::string_view data = codec::find_json_path(response.body, "data");
    if (!data.empty() && data.front() == '[') {
      for (codec::JsonElements walk(data); out.size() < kMaxEventTypes && walk.next();) {
        const std::string_view id = codec::find_json_path(walk.value(), "id");
        if (number_of(id)) out.emplace_back(id);
      }
    }
  }
  if (!out.empty()) return out;
  return fail_retry("cisco_secure_endpoint/event-types",
                    "the answer to the question for event types names none",
                    "check api_url, and that no proxy answers in the vendor's place");
}

}  // namespace cistern::connectors::cisco_secure_endpoint
