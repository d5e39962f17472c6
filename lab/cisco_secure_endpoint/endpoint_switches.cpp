// What the lab itself asks of its Secure Endpoint: switches, state, and events for a broker.
#include "lab/cisco_secure_endpoint/endpoint_api.hpp"

#include <algorithm>
#include <charconv>

#include <boost/json.hpp>

namespace cistern::lab {

namespace json = boost::json;

EndpointSettings EndpointApi::settings() const {
  const std::lock_guard lock(mutex_);
  return settings_;
}

EndpointSight EndpointApi::sight() const {
  return {visible_until_(), clock_.now() - settings().retention};
}

Status EndpointApi::change(std::string_view text) {
  auto changed = change_endpoint_settings(settings(), text);
  if (!changed) return tl::unexpected(changed.error());
  const std::lock_guard lock(mutex_);
  settings_ = std::move(*changed);
  return {};
}

std::string EndpointApi::status_json() const {
  const auto write_credentials = [this](codec::JsonWriter& writer, std::uint64_t id) {
    const auto credentials = stream_credentials(seed_, id);
    writer.key("user_name").string(credentials.user_name);
    writer.key("queue_name").string(credentials.queue_name);
    writer.key("password").string(credentials.password);
  };
  const std::lock_guard lock(mutex_);
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().key("requests_this_hour").number(spent_);
  writer.key("throttled").number(throttled_).key("streams").begin_array();
  for (const auto& stream : streams_.all()) {
    writer.begin_object();
    write_stream(writer, stream);
    write_credentials(writer, stream.id);
    writer.end_object();
  }
  writer.end_array().key("next_stream").begin_object().key("id").number(streams_.next_id());
  write_credentials(writer, streams_.next_id());
  writer.end_object().end_object();
  return out;
}

Response EndpointApi::published(const Request& request) {
  const auto number = [&](std::string_view name) {
    const auto text = request.parameter(name).value_or("0");
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  };
  EventStream filter;
  {
    const std::lock_guard lock(mutex_);
    const auto* const stream = streams_.find(static_cast<std::uint64_t>(number("stream")));
    if (stream != nullptr) filter = *stream;
  }
  const auto now = sight();
  const auto since = TimePoint{Duration{number("since")}};
  const auto passes = [](const auto& wanted, const auto& value) {
    return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
  };
  std::string lines;
  TimePoint earliest = TimePoint::max();
  for (const auto& row : content_.since(since, now)) {
    const auto facts = endpoint_facts(row);
    if (!passes(filter.event_types, std::uint64_t{facts.type}) ||
        !passes(filter.group_guids, facts.group)) {
      continue;
    }
    append_endpoint_event(lines, row, false);
    lines += '\n';
    earliest = std::min(earliest, row.time);
  }
  // Filtered ones are not owed by what was handed out alone.
  const bool all = filter.event_types.empty() && filter.group_guids.empty();
  if (all && earliest != TimePoint::max() && !note_demand(EndpointLog::events, earliest))
    return text_response(500, "{}");
  auto response = text_response(200, std::move(lines), "application/x-ndjson");
  response.headers.push_back({"X-Lab-Until", std::to_string(now.until.time_since_epoch().count())});
  return response;
}

bool EndpointApi::note_demand(EndpointLog log, TimePoint from) {
  from = std::chrono::floor<std::chrono::seconds>(from);
  {
    const std::lock_guard lock(mutex_);
    const auto [at, is_new] = demands_.try_emplace(log, from);
    if (!is_new && at->second <= from) return true;
    at->second = from;
  }
  return keep_().has_value();
}

std::map<EndpointLog, TimePoint> EndpointApi::demands() const {
  const std::lock_guard lock(mutex_);
  return demands_;
}

std::string EndpointApi::state_json() const {
  const std::lock_guard lock(mutex_);
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().key("demands").begin_object();
  for (const auto& [log, from] : demands_)
    writer.key(to_string(log)).number(std::int64_t{from.time_since_epoch().count()});
  writer.end_object().key("event_streams");
  streams_.write_state(writer);
  writer.end_object();
  return out;
}

Status EndpointApi::restore(std::string_view text) {
  try {
    const auto root = json::parse(text);
    const std::lock_guard lock(mutex_);
    for (const auto log : kEndpointLogs) {
      const auto* const from = root.at("demands").as_object().if_contains(to_string(log));
      if (from != nullptr) demands_[log] = TimePoint{Duration{from->to_number<std::int64_t>()}};
    }
    return streams_.restore(json::serialize(root.at("event_streams")));
  } catch (const std::exception&) {
    return fail_stop("lab/bad-state",
                     "what the lab's state file says of Secure Endpoint cannot be read",
                     "remove the file");
  }
}

}  // namespace cistern::lab
