#include "connectors/cisco_duo/wire.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <utility>

#include <boost/json.hpp>

namespace cistern::connectors::cisco_duo {

namespace json = boost::json;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kMaxRefusal = 64 * 1024;
constexpr std::size_t kExcerpt = 300;

HttpRequest get(const Api& api, std::string_view path, const Parameters& parameters) {
  HttpRequest request;
  request.url = api.origin;
  request.url.append(path);
  const std::string query = canonical_parameters(parameters);
  if (!query.empty()) request.url.append("?").append(query);
  request.headers = {{"Accept", "application/json"}};
  request.max_body = kMaxPage;
  return request;
}

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  if (value == nullptr || !value->is_string()) return {};
  return {value->get_string().data(), value->get_string().size()};
}

int code_of(const json::object& object) {
  const json::value* value = object.if_contains("code");
  if (value == nullptr || !value->is_int64()) return 0;
  return static_cast<int>(std::clamp<std::int64_t>(value->get_int64(), 0, 99'999));
}

bool is_loopback_host(std::string_view host) {
  if (host.starts_with("[::1]")) return true;
  host = host.substr(0, host.find(':'));
  if (host == "localhost") return true;
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;
}

tl::unexpected<Failure> bad_host(std::string cause) {
  return fail_stop(
      "cisco_duo/host", std::move(cause),
      "copy \"API hostname\" from the Admin API application in the Duo Admin Panel; it "
      "looks like api-1a2b3c4d.duosecurity.com");
}

}  // namespace

std::int64_t unix_milliseconds(TimePoint time) {
  return std::chrono::floor<milliseconds>(time).time_since_epoch().count();
}

TimePoint floor_to(TimePoint time, Duration step) {
  const std::int64_t count = time.time_since_epoch().count();
  const std::int64_t rest = ((count % step.count()) + step.count()) % step.count();
  return TimePoint{Duration{count - rest}};
}

std::string canonical_parameters(const Parameters& parameters) {
  Parameters encoded;
  encoded.reserve(parameters.size());
  for (const auto& [key, value] : parameters)
    encoded.emplace_back(percent_encode(key), percent_encode(value));
  std::sort(encoded.begin(), encoded.end());
  std::string out;
  for (const auto& [key, value] : encoded) {
    if (!out.empty()) out.push_back('&');
    out.append(key).append("=").append(value);
  }
  return out;
}

HttpRequest page_request(const Api& api, const LogStream& stream, const PageQuery& query) {
  Parameters parameters;
  if (stream.paging == Paging::mintime) {
    parameters.emplace_back("mintime", std::to_string(unix_seconds(query.from)));
  } else {
    parameters.emplace_back("mintime", std::to_string(unix_milliseconds(query.from)));
    parameters.emplace_back("maxtime", std::to_string(unix_milliseconds(query.to)));
  }
  if (stream.limit > 0 && !query.without_limit) {
    parameters.emplace_back("limit", std::to_string(stream.limit));
  }
  if (stream.paging == Paging::next_offset) {
    // Newest first is the vendor's default, and its pages then never lead forward.
    parameters.emplace_back("sort", "ts:asc");
  }
  if (!query.token.empty()) {
    parameters.emplace_back(stream.paging == Paging::offset ? "offset" : "next_offset",
                            query.token);
  }
  if (!api.account_id.empty()) parameters.emplace_back("account_id", api.account_id);
  return get(api, stream.path, parameters);
}

HttpRequest probe_request(const Api& api, const LogStream& stream, TimePoint vendor_now) {
  PageQuery query;
  query.to = floor_to(vendor_now - kSettling, seconds{1});
  query.from = query.to - std::chrono::hours{1};
  LogStream small = stream;
  if (small.limit > 0) small.limit = 1;
  return page_request(api, small, query);
}

HttpRequest unsigned_request(const Api& api) {
  HttpRequest request = get({.origin = api.origin, .account_id = {}}, "/admin/v1/info/summary", {});
  request.max_body = kMaxRefusal;
  return request;
}

Refusal read_refusal(int status, std::string_view body) {
  Refusal out;
  out.status = status;
  json::parse_options options;
  options.max_depth = 16;
  boost::system::error_code error;
  const json::value value =
      json::parse({body.data(), std::min(body.size(), kMaxRefusal)}, error, {}, options);
  const json::object* object = error ? nullptr : value.if_object();
  if (object == nullptr) {
    out.message = body.empty() ? "no body" : "\"" + excerpt(body, kExcerpt) + "\"";
    return out;
  }
  out.code = code_of(*object);
  out.message = excerpt(text_of(*object, "message"), kExcerpt);
  out.detail = excerpt(text_of(*object, "message_detail"), kExcerpt);
  if (!out.detail.empty()) out.message += (out.message.empty() ? "" : ": ") + out.detail;
  return out;
}

std::string account_of(const Api& api) {
  const std::size_t scheme = api.origin.find("://");
  std::string out = scheme == std::string::npos ? api.origin : api.origin.substr(scheme + 3);
  if (!api.account_id.empty()) out.append("|").append(lower_case(api.account_id));
  return out;
}

Result<std::string> normal_origin(std::string_view host) {
  std::string text = lower_case(host);
  if (text.find("://") == std::string::npos) text = "https://" + text;
  while (text.ends_with('/'))
    text.pop_back();
  const auto origin = url_origin(text);
  if (!origin) return bad_host("'" + excerpt(host, 80) + "' is not a host name");
  if (text.find_first_of("/?#", text.find("://") + 3) != std::string::npos) {
    return bad_host("'" + excerpt(host, 120) + "' holds a path; only the host is wanted");
  }
  const std::string name = origin->substr(origin->find("://") + 3);
  if (origin->starts_with("http://") && !is_loopback_host(name)) {
    return bad_host("'" + excerpt(host, 80) + "' would send requests without encryption");
  }
  if (name.starts_with("admin-")) {
    return bad_host("'" + excerpt(host, 80) +
                    "' is the address of the Duo Admin Panel, not of its API");
  }
  return *origin;
}

}  // namespace cistern::connectors::cisco_duo
