#include "runtime/status/status_json.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"

namespace cistern::runtime {
namespace {

using codec::JsonWriter;

void time_field(JsonWriter& json, std::string_view name, TimePoint time) {
  if (time != TimePoint{}) json.key(name).string(format_time(time));
}

// Words may quote what a vendor sent: whatever it is, the result is one valid line.
std::string clean(const std::string& text) {
  return excerpt(text, 4096);
}

void write(JsonWriter& json, const Failure& failure) {
  json.begin_object();
  json.key("code").string(failure.code).key("cause").string(clean(failure.cause));
  if (!failure.consequence.empty()) json.key("consequence").string(clean(failure.consequence));
  if (!failure.next_step.empty()) json.key("next_step").string(clean(failure.next_step));
  json.end_object();
}

void failure_field(JsonWriter& json, const std::optional<Failure>& failure) {
  if (!failure) return;
  json.key("failure");
  write(json, *failure);
}

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

void write(JsonWriter& json, const StreamStatus& stream) {
  json.begin_object().key("stream").string(stream.stream);
  json.key("state").string(to_string(stream.state));
  json.key("events").number(stream.events).key("duplicates").number(stream.duplicates);
  time_field(json, "through", stream.through);
  time_field(json, "until", stream.until);
  time_field(json, "newest_event", stream.newest_event);
  time_field(json, "last_event_at", stream.last_event_at);
  json.key("rhythm_known").boolean(stream.rhythm_known);
  failure_field(json, stream.failure);
  json.end_object();
}

void write(JsonWriter& json, const std::optional<StreamFacts>& reading) {
  if (!reading) return;
  json.key("reading").begin_object();
  json.key("open").number(reading->open).key("openings").number(reading->openings);
  json.key("keep_alives").number(reading->keep_alives).key("pauses").number(reading->pauses);
  json.key("bytes").number(reading->bytes);
  if (reading->waiting) json.key("waiting").number(*reading->waiting);
  json.end_object();
}

void write(JsonWriter& json, const std::optional<ListenFacts>& listening) {
  if (!listening) return;
  json.key("listening").begin_object();
  json.key("connections").number(listening->connections);
  json.key("accepted").number(listening->accepted).key("messages").number(listening->messages);
  json.key("bytes").number(listening->bytes).key("pauses").number(listening->pauses);
  json.key("incidents").begin_object();
  for (const auto& [reason, count] : listening->incidents)
    json.key(reason).number(count);
  json.end_object().end_object();
}

void write(JsonWriter& json, const std::optional<DeriverFacts>& deriving) {
  if (!deriving) return;
  json.key("deriving").begin_object();
  json.key("read").number(deriving->read).key("derived").number(deriving->derived);
  json.key("open").number(deriving->open).key("open_bytes").number(deriving->open_bytes);
  json.key("backlog").number(deriving->backlog);
  json.key("incidents").begin_object();
  for (const auto& [name, count] : deriving->incidents)
    json.key(name).number(count);
  json.end_object().end_object();
}

void write(JsonWriter& json, const ConnectorStatus& connector) {
  json.begin_object().key("name").string(connector.name).key("type").string(connector.type);
  json.key("state").string(to_string(connector.state)).key("words").string(clean(connector.words));
  time_field(json, "since", connector.since);
  json.key("events").number(connector.events).key("duplicates").number(connector.duplicates);
  json.key("events_per_second").number(connector.events_per_second);
  if (connector.lag) json.key("lag_seconds").number(seconds(*connector.lag));
  json.key("delay_seconds").number(seconds(connector.delay));
  json.key("notices").begin_array();
  for (const auto& notice : connector.notices)
    write(json, notice);
  json.end_array();
  time_field(json, "through", connector.through);
  time_field(json, "credential_expires", connector.credential_expires);
  json.key("lost_reports").number(connector.lost_reports);
  write(json, connector.reading);
  write(json, connector.listening);
  write(json, connector.deriving);
  json.key("streams").begin_array();
  for (const auto& stream : connector.streams)
    write(json, stream);
  json.end_array().end_object();
}

void write(JsonWriter& json, const MappingDrift& drift) {
  json.begin_object().key("connector").string(drift.connector).key("stream").string(drift.stream);
  json.key("unknown_fields").number(drift.unknown_fields);
  json.key("wrong_types").number(drift.wrong_types).key("names").begin_array();
  for (const auto& name : drift.names)
    json.string(clean(name));
  json.end_array();
  json.key("cut_values").number(drift.cut_values).key("mended_values").number(drift.mended_values);
  json.key("format_keys").begin_array();
  for (const auto& key : drift.format_keys)
    json.string(clean(key));
  json.end_array().end_object();
}

void write(JsonWriter& json, const DestinationStatus& destination) {
  json.begin_object().key("name").string(destination.name).key("type").string(destination.type);
  json.key("state")
      .string(to_string(destination.state))
      .key("words")
      .string(clean(destination.words));
  time_field(json, "since", destination.since);
  json.key("delivered").number(destination.delivered).key("skipped").number(destination.skipped);
  json.key("set_aside").number(destination.set_aside);
  json.key("delivered_bytes").number(destination.delivered_bytes);
  json.key("backlog").number(destination.backlog);
  json.key("events_per_second").number(destination.events_per_second);
  failure_field(json, destination.failure);
  json.key("mapping_drift").begin_array();
  for (const auto& drift : destination.drift)
    write(json, drift);
  json.end_array().end_object();
}

std::string_view to_string(journal::Health::State state) {
  switch (state) {
    case journal::Health::State::writing:
      return "writing";
    case journal::Health::State::paused:
      return "paused";
    case journal::Health::State::failed:
      return "failed";
  }
  return "unknown";
}

void write(JsonWriter& json, const journal::Health& health) {
  json.begin_object().key("state").string(to_string(health.state));
  time_field(json, "since", health.since);
  json.key("last_sequence").number(std::uint64_t{health.last});
  json.key("oldest_sequence").number(std::uint64_t{health.oldest});
  json.key("bytes_on_disk").number(health.bytes_on_disk).key("segments").number(health.segments);
  json.key("identities").number(health.identities);
  json.key("commits_waiting").number(health.commits_waiting);
  json.key("inbox_files").number(health.inbox_files);
  json.key("inbox_bytes").number(health.inbox_bytes);
  json.key("inbox_refused").number(health.inbox_refused);
  json.key("reserve").number(health.reserve).key("reserve_used").number(health.reserve_used);
  json.key("last_sync_seconds").number(seconds(health.last_sync));
  if (health.state != journal::Health::State::writing) failure_field(json, health.failure);
  json.key("holes").begin_array();
  for (const auto& hole : health.holes) {
    json.begin_object().key("from").number(std::uint64_t{hole.from});
    json.key("to")
        .number(std::uint64_t{hole.to})
        .key("reason")
        .string(clean(hole.reason))
        .end_object();
  }
  json.end_array().end_object();
}

}  // namespace

std::string status_json(const StatusBoard& status, const journal::Journal& journal, TimePoint now) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("now").string(format_time(now));
  json.key("started").string(format_time(status.started()));
  json.key("connectors").begin_array();
  for (const auto& connector : status.connectors())
    write(json, connector);
  json.end_array().key("destinations").begin_array();
  for (const auto& destination : status.destinations())
    write(json, destination);
  json.end_array().key("stalled_stages").begin_array();
  for (const auto& stalled : status.stalled_stages()) {
    json.begin_object().key("stage").string(stalled.stage);
    failure_field(json, stalled.failure);
    json.end_object();
  }
  json.end_array().key("store");
  write(json, journal.health());
  json.end_object();
  return text;
}

}  // namespace cistern::runtime
