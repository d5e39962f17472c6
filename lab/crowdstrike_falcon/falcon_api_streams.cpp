// Discovery, refresh and streams.
#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "lab/crowdstrike_falcon/falcon_answers.hpp"
#include "lab/crowdstrike_falcon/falcon_api.hpp"

#include <algorithm>
#include <charconv>

namespace cistern::lab {

namespace {

constexpr std::size_t kLongestAppId = 32;
constexpr std::uint64_t kMostRewound = 50;

// The vendor documents letters and digits; the names in use by its own clients also hold these.
bool is_app_id(std::string_view text) {
  return !text.empty() && text.size() <= kLongestAppId &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.' || c == '_';
         });
}

bool is_given_twice(const Request& request) {
  std::set<std::string> names;
  return std::any_of(request.query.begin(), request.query.end(), [&names](const auto& parameter) {
    return !names.insert(parameter.first).second;
  });
}

std::string last_segment(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::set<std::string> words_of(std::string_view list) {
  std::set<std::string> out;
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (comma != 0) out.insert(std::string(list.substr(0, comma)));
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return out;
}

// RFC 3339 with nine digits of a second, as Go writes it.
std::string nanosecond_time(TimePoint time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  auto digits = std::to_string((time - second).count());
  return format_time_seconds(time) + "." + std::string(9 - digits.size(), '0') + digits + "Z";
}

}  // namespace

Response FalconApi::discovery(const Request& request, const Caller& caller) {
  if (is_given_twice(request)) return falcon_error(400, "invalid request: a parameter is repeated");
  const auto app_id = std::string(request.parameter("appId").value_or(""));
  if (!is_app_id(app_id)) return falcon_error(400, "invalid request: appId");
  // What the vendor makes of flatjson is not known well enough to imitate.
  const auto format = request.parameter("format").value_or("json");
  if (format != "json") return falcon_error(400, "invalid request: format");
  if (!caller.customer.streaming_enabled) return falcon_answer(200, "[]");
  const auto sessions =
      sessions_.discover(caller.customer.number, app_id, caller.grant.client_id,
                         feeds_.partitions(), rules_of(caller.customer), clock_.steady());
  return falcon_answer(200, resources_of(sessions, request.base_url, caller.customer));
}

std::string FalconApi::resources_of(const std::vector<StreamSession>& sessions,
                                    const std::string& base_url,
                                    const FalconCustomer& customer) const {
  const auto lives =
      std::min<Duration>(std::chrono::seconds{customer.refresh_interval}, customer.session_cap);
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_array();
  for (const auto& session : sessions) {
    const auto query = "?appId=" + percent_encode(session.app_id);
    writer.begin_object().key("dataFeedURL");
    writer.string(base_url + "/sensors/entities/datafeed/v1/" + feed_id_of(session.partition) +
                  query);
    writer.key("sessionToken").begin_object().key("token").string(session.token);
    writer.key("expiration").string(nanosecond_time(clock_.now() + lives)).end_object();
    writer.key("refreshActiveSessionURL");
    writer.string(base_url + "/sensors/entities/datafeed-actions/v1/" +
                  std::to_string(session.partition) + query +
                  "&action_name=refresh_active_stream_session");
    writer.key("refreshActiveSessionInterval").number(customer.refresh_interval).end_object();
  }
  writer.end_array();
  return out;
}

Response FalconApi::refresh(const Request& request, const Caller& caller) {
  // Also for an empty body: the service looks at the header before anything else.
  const auto type = request.header("Content-Type").value_or("");
  if (!equal_ignoring_case(type.substr(0, type.find(';')), "application/json")) {
    return falcon_error(400, "invalid request: Content-Type has to be application/json");
  }
  if (is_given_twice(request)) return falcon_error(400, "invalid request: a parameter is repeated");
  if (request.parameter("action_name").value_or("") != "refresh_active_stream_session") {
    return falcon_error(400, "invalid request: action_name");
  }
  const auto partition = whole_number(last_segment(request.path));
  if (!partition || *partition >= feeds_.partitions()) {
    return falcon_error(404, "active stream session not found");
  }
  const auto app_id = request.parameter("appId").value_or("");
  if (!sessions_.refresh(caller.customer.number, app_id, static_cast<unsigned>(*partition),
                         rules_of(caller.customer), clock_.steady())) {
    return falcon_error(404, "active stream session not found");
  }
  return falcon_answer(200, "");
}

std::optional<Response> FalconApi::read_ask(const Request& request, const FalconCustomer& customer,
                                            FeedAsk& ask) {
  if (is_given_twice(request)) return falcon_error(400, "invalid request: a parameter is repeated");
  const auto offset = request.parameter("offset");
  const auto whence = request.parameter("whence");
  if (offset && whence) {
    return falcon_error(400, "invalid request: offset and whence exclude each other");
  }
  if (whence && *whence != "2") return falcon_error(400, "invalid request: whence");
  if (whence) ask.from = FeedAsk::From::newest;
  if (offset) {
    const auto number = whole_number(*offset);
    if (!number) return falcon_error(400, "invalid request: offset");
    ask.from = FeedAsk::From::offset;
    ask.offset = *number;
    ask.asked_words = std::string(*offset);
  }
  ask.inclusive = customer.inclusive;
  ask.filter_words = std::string(request.parameter("eventType").value_or(""));
  ask.types = words_of(ask.filter_words);
  return std::nullopt;
}

Response FalconApi::stream(const Request& request) {
  const auto partition = feeds_.partition_of(last_segment(request.path));
  if (!partition) return falcon_error(404, "data feed not found");
  const auto header = request.header("Authorization").value_or("");
  constexpr std::string_view scheme = "Token ";
  if (!header.starts_with(scheme)) return falcon_error(401, "access denied, invalid token");
  const auto app_id = request.parameter("appId").value_or("");
  const auto token = header.substr(scheme.size());
  const auto found = sessions_.find(token);
  if (!found) return falcon_error(401, "access denied, invalid token");
  const auto customer = customers_.get(found->customer);
  FeedAsk ask;
  if (auto refused = read_ask(request, customer, ask)) return std::move(*refused);
  const auto number = streams_opened_.fetch_add(1);
  const auto key = key_of({options_.fault_seed, 0x57EA, number});
  // After a reconnect the vendor may say again what it had said already.
  if (options_.profile != FaultProfile::calm) ask.rewind = key % (kMostRewound + 1);
  StreamSession session;
  const auto opening =
      sessions_.open(token, *partition, app_id, rules_of(customer), clock_.steady(), session);
  if (opening == StreamSessions::Opening::busy) {
    auto busy = falcon_error(429, "too many connections");
    busy.headers.push_back({"Retry-After", "1"});
    return busy;
  }
  if (opening == StreamSessions::Opening::unknown) {
    return falcon_error(401, "access denied, invalid token");
  }
  ask.app_id = session.app_id;
  ask.client_id = session.client_id;
  const auto opened = feeds_.open(session.customer, session.partition, ask, customer.audit_streams);
  if (!opened || opened->gap) {
    sessions_.give_back(session);
    if (!opened) return falcon_error(500, opened.error().cause);
    return falcon_error(customer.expired_status,
                        "offset " + ask.asked_words + " is no longer retained");
  }
  Response response;
  response.content_type = "application/json";
  add_trace(response, new_trace_id());
  response.body.live = std::make_shared<FalconStream>(
      FalconSources{feeds_, generator_, customers_, sessions_, clock_}, std::move(session),
      std::move(ask), *opened, key);
  return response;
}

}  // namespace cistern::lab
