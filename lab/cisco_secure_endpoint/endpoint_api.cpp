#include "lab/cisco_secure_endpoint/endpoint_api.hpp"

#include "base/bytes.hpp"
#include "lab/cisco_secure_endpoint/endpoint_answers.hpp"
#include "lab/lab.hpp"

#include <algorithm>
#include <charconv>

#include <boost/json.hpp>

namespace cistern::lab {

namespace {

constexpr std::string_view kStreams = "/v1/event_streams";
constexpr Duration kHour = std::chrono::hours{1};

std::string operation_of(std::string_view path) {
  if (path == "/v1/version") return "version";
  if (path == "/v1/events") return "events";
  if (path == "/v1/event_types") return "event_types";
  if (path == "/v1/audit_logs") return "audit";
  if (path == kStreams || path.starts_with("/v1/event_streams/")) return "event_streams";
  return "unknown";
}

std::string credentials_of(const Request& request) {
  const auto header = request.header("Authorization").value_or("");
  constexpr std::string_view scheme = "Basic ";
  if (!equal_ignoring_case(header.substr(0, scheme.size()), scheme)) return {};
  return base64_decode(header.substr(scheme.size())).value_or("");
}

std::string pair_of(std::string_view client, std::string_view key) {
  return std::string(client) + ":" + std::string(key);
}

}  // namespace

EndpointApi::EndpointApi(const EndpointContentOptions& options, EndpointSettings settings,
                         const Clock& clock, std::function<TimePoint()> visible_until,
                         std::function<Status()> keep)
    : clock_(clock),
      seed_(options.seed),
      visible_until_(std::move(visible_until)),
      keep_(std::move(keep)),
      content_(options),
      settings_(std::move(settings)) {}

bool EndpointApi::serves(std::string_view path) {
  return path.starts_with("/v1/");
}

RequestFacts EndpointApi::facts_of(const Request& request) {
  RequestFacts facts;
  facts.vendor = kEndpointVendor;
  facts.operation = operation_of(request.path);
  return facts;
}

Response EndpointApi::refusal(const Fault& fault) {
  auto response = endpoint_error(fault.status, fault.body.empty() ? "see the status" : fault.body);
  if (fault.retry_after) {
    response.headers.push_back({"Retry-After", std::to_string(*fault.retry_after)});
  }
  response.delivery.delay = fault.delay;
  return response;
}

Response EndpointApi::answer(const Request& request, const RequestFacts& facts) {
  const auto settings = this->settings();
  if (auto refused = check_caller(request, settings)) return std::move(*refused);
  auto response = spend(settings)
                      ? dispatch(request, facts, settings)
                      : endpoint_error(429, "The hourly number of requests has been reached");
  add_limits(response, settings);
  return response;
}

EndpointApi::Refused EndpointApi::check_caller(const Request& request,
                                               const EndpointSettings& settings) const {
  const auto pair = credentials_of(request);
  const bool known = pair == pair_of(kLabEndpointClientId, kLabEndpointApiKey) ||
                     pair == pair_of(kLabEndpointReadClientId, kLabEndpointReadApiKey);
  if (known && !settings.key_revoked) return std::nullopt;
  return endpoint_error(401, "Unknown API key or Client ID");
}

bool EndpointApi::may_write(const Request& request) {
  return credentials_of(request) == pair_of(kLabEndpointClientId, kLabEndpointApiKey);
}

bool EndpointApi::spend(const EndpointSettings& settings) {
  const auto now = clock_.steady();
  const std::lock_guard lock(mutex_);
  if (hour_began_ < Duration{0} || now - hour_began_ >= kHour) {
    hour_began_ = now;
    spent_ = 0;
  }
  if (settings.requests_per_hour != 0 && spent_ >= settings.requests_per_hour) {
    ++throttled_;
    return false;
  }
  ++spent_;
  return true;
}

void EndpointApi::add_limits(Response& response, const EndpointSettings& settings) const {
  if (settings.requests_per_hour == 0) return;
  const std::lock_guard lock(mutex_);
  const auto left = hour_began_ + kHour - clock_.steady();
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(left);
  const std::string stem =
      settings.spelling == LimitSpelling::hyphens ? "X-Rate-Limit-" : "X-RateLimit-";
  const auto add = [&](const char* name, std::string value) {
    response.headers.push_back({stem + name, std::move(value)});
  };
  add("Limit", std::to_string(settings.requests_per_hour));
  add("Remaining",
      std::to_string(settings.requests_per_hour - std::min(spent_, settings.requests_per_hour)));
  add("Reset", std::to_string(seconds.count()));
  if (settings.spelling == LimitSpelling::plain)
    add("ResetDate", format_time_seconds(clock_.now() + seconds) + "Z");
}

Response EndpointApi::dispatch(const Request& request, const RequestFacts& facts,
                               const EndpointSettings& settings) {
  if (facts.operation == "event_streams") return streams(request, facts);
  if (facts.operation == "unknown") return endpoint_error(404, "Not Found");
  if (request.method != "GET") return endpoint_error(405, "Method Not Allowed");
  if (facts.operation == "events") return log(request, EndpointLog::events, settings);
  if (facts.operation == "audit") return log(request, EndpointLog::audit, settings);
  if (facts.operation == "event_types") return event_types(request);
  return endpoint_answer(200, endpoint_self(request), "{}", request.accepts_gzip());
}

// ---- logs ----

std::string EndpointApi::link(const Request& request, std::uint64_t offset, std::size_t limit,
                              bool foreign) const {
  const auto base = foreign ? "https://api.amp.cisco.com.collector.example" : request.base_url;
  std::string out = base + request.path + "?";
  for (const auto& [name, value] : request.query) {
    if (name != "limit" && name != "offset")
      out.append(percent_encode(name)).append("=").append(percent_encode(value)).append("&");
  }
  return out + "limit=" + std::to_string(limit) + "&offset=" + std::to_string(offset);
}

Response EndpointApi::log(const Request& request, EndpointLog log,
                          const EndpointSettings& settings) {
  const auto question = endpoint_question(request, log);
  if (!question.problem.empty()) return endpoint_error(400, question.problem);
  if (settings.most_offset != 0 && question.offset > settings.most_offset)
    return endpoint_error(400, "offset is too large");
  if (question.limit > 1 && !note_demand(log, question.range.from))
    return endpoint_error(500, "Internal Server Error");
  const auto now = sight();
  const auto page =
      content_.page(log, question.range, question.filter, question.offset, question.limit, now);
  const auto end = question.offset + page.rows.size();
  bool foreign = false;
  if (end < page.total) {
    const std::lock_guard lock(mutex_);
    foreign = settings_.foreign_next > 0;
    settings_.foreign_next -= foreign ? 1 : 0;
  }
  std::string metadata;
  codec::JsonWriter writer(metadata);
  writer.begin_object().key("links").begin_object();
  writer.key("self").string(link(request, question.offset, question.limit, false));
  if (question.offset > 0) {
    const auto before = question.offset - std::min<std::uint64_t>(question.offset, question.limit);
    writer.key("prev").string(link(request, before, question.limit, false));
  }
  if (end < page.total) writer.key("next").string(link(request, end, question.limit, foreign));
  writer.end_object().key("results").begin_object().key("total").number(page.total);
  writer.key("current_item_count").number(std::uint64_t{page.rows.size()});
  writer.key("index").number(question.offset).key("items_per_page");
  writer.number(std::uint64_t{question.limit}).end_object().end_object();
  std::string data = "[";
  for (const auto& row : page.rows) {
    if (data.size() > 1) data += ',';
    if (log == EndpointLog::audit) {
      append_audit_record(data, row);
    } else {
      const auto offline = endpoint_goes_offline(row);
      append_endpoint_event(data, row, offline != TimePoint{} && offline <= now.until);
    }
  }
  data += ']';
  return endpoint_answer(200, metadata, data, request.accepts_gzip());
}

Response EndpointApi::event_types(const Request& request) const {
  const auto& types = endpoint_event_types();
  std::string data;
  codec::JsonWriter writer(data);
  writer.begin_array();
  for (const auto& type : types) {
    writer.begin_object().key("id").number(std::uint64_t{type.id}).key("name").string(type.name);
    writer.key("description").string("About: " + std::string(type.name)).end_object();
  }
  writer.end_array();
  std::string metadata;
  codec::JsonWriter about(metadata);
  about.begin_object().key("links").begin_object().key("self");
  about.string(request.base_url + request.target).end_object().key("results").begin_object();
  about.key("total").number(std::uint64_t{types.size()}).end_object().end_object();
  return endpoint_answer(200, metadata, data, request.accepts_gzip());
}

// ---- event streams ----

std::string EndpointApi::stream_data(const EventStream& stream, bool with_password) const {
  const auto credentials = stream_credentials(seed_, stream.id);
  const auto settings = this->settings();
  std::string data;
  codec::JsonWriter writer(data);
  writer.begin_object();
  write_stream(writer, stream);
  writer.key("amqp_credentials").begin_object();
  writer.key("user_name").string(credentials.user_name);
  writer.key("queue_name").string(credentials.queue_name);
  if (with_password) writer.key("password").string(credentials.password);
  writer.key("host").string(settings.broker_host);
  writer.key("port").string(std::to_string(settings.broker_port));
  writer.key("proto").string("https").end_object().end_object();
  return data;
}

Response EndpointApi::streams(const Request& request, const RequestFacts&) {
  if (request.method != "GET" && !may_write(request))
    return endpoint_error(403, "The API credential is read-only");
  const auto gzip = request.accepts_gzip();
  if (request.path == kStreams) {
    if (request.method == "POST") return add_stream(request);
    if (request.method != "GET") return endpoint_error(405, "Method Not Allowed");
    std::vector<EventStream> all;
    {
      const std::lock_guard lock(mutex_);
      all = streams_.all();
    }
    std::string data = "[";
    for (const auto& stream : all)
      data.append(data.size() > 1 ? "," : "").append(stream_data(stream, false));
    return endpoint_answer(200, endpoint_self(request), data + "]", gzip);
  }
  const auto number = std::string_view(request.path).substr(kStreams.size() + 1);
  std::uint64_t id = 0;
  const auto read = std::from_chars(number.data(), number.data() + number.size(), id);
  EventStream found;
  {
    const std::lock_guard lock(mutex_);
    const auto* const stream = streams_.find(id);
    if (read.ec != std::errc{} || read.ptr != number.data() + number.size() || stream == nullptr)
      return endpoint_error(404, "Event stream not found");
    found = *stream;
    if (request.method == "DELETE") streams_.remove(id);
  }
  if (request.method == "PATCH") return change_stream(request, found);
  if (request.method == "DELETE") {
    if (!keep_()) return endpoint_error(500, "Internal Server Error");
    return endpoint_answer(200, endpoint_self(request), "{}", gzip);
  }
  if (request.method != "GET") return endpoint_error(405, "Method Not Allowed");
  return endpoint_answer(200, endpoint_self(request), stream_data(found, false), gzip);
}

Response EndpointApi::add_stream(const Request& request) {
  EventStream wanted;
  const auto problem = EventStreams::read(request.body, wanted);
  if (!problem.empty()) return endpoint_error(400, problem);
  EventStream made;
  {
    const std::lock_guard lock(mutex_);
    if (const auto why = streams_.refuses(wanted); !why.empty())
      return endpoint_error(wanted.name.empty() ? 400 : 409, why);
    made = streams_.add(std::move(wanted));
  }
  if (!keep_()) return endpoint_error(500, "Internal Server Error");
  return endpoint_answer(201, endpoint_self(request), stream_data(made, true),
                         request.accepts_gzip());
}

Response EndpointApi::change_stream(const Request& request, const EventStream& found) {
  auto changed = found;
  const auto problem = EventStreams::read(request.body, changed);
  if (!problem.empty()) return endpoint_error(400, problem);
  {
    const std::lock_guard lock(mutex_);
    if (const auto why = streams_.refuses(changed); !why.empty()) return endpoint_error(409, why);
    streams_.replace(changed);
  }
  if (!keep_()) return endpoint_error(500, "Internal Server Error");
  return endpoint_answer(200, endpoint_self(request), stream_data(changed, false),
                         request.accepts_gzip());
}

}  // namespace cistern::lab
