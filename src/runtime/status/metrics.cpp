#include "runtime/status/metrics.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "runtime/watch/watchdog.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace cistern::runtime {
namespace {

enum Metric : std::size_t {
  kBuildInfo,
  kStartTime,
  kConnectorEvents,
  kConnectorDuplicates,
  kConnectorState,
  kConnectorLag,
  kConnectorDelay,
  kConnectorThrough,
  kConnectorCredential,
  kConnectorLost,
  kConnectorFailedRequests,
  kStreamsOpen,
  kStreamOpenings,
  kStreamKeepAlives,
  kStreamPauses,
  kStreamWaiting,
  kStreamBytes,
  kListenConnections,
  kListenAccepted,
  kListenMessages,
  kListenBytes,
  kListenPauses,
  kListenIncidents,
  kDeriverRead,
  kDeriverDerived,
  kDeriverOpen,
  kDeriverOpenBytes,
  kDeriverBacklog,
  kDeriverIncidents,
  kUnusuallyQuiet,
  kRhythmKnown,
  kDestinationDelivered,
  kDestinationSkipped,
  kDestinationSetAside,
  kDestinationBytes,
  kDestinationBacklog,
  kDestinationState,
  kUnknownFields,
  kWrongTypes,
  kCutValues,
  kMendedValues,
  kStageStalled,
  kStoreBytes,
  kStoreSegments,
  kStoreLast,
  kStoreOldest,
  kStoreWriting,
  kStoreSync,
  kStoreIdentities,
  kStoreWaiting,
  kStoreRefused,
  kStoreHoles,
  kInboxFiles,
  kInboxBytes,
  kInboxRefused,
  kReserve,
  kReserveUsed,
  kMemoryUsed,
  kMemoryLimit,
  kMetrics,
};

constexpr std::array<MetricType, kMetrics> kTypes = {{
    {"cistern_build_info", "gauge", "Always 1; the label names the running version.", "version"},
    {"cistern_process_start_time_seconds", "gauge",
     "When the process started, in seconds since the Unix epoch.", ""},
    {"cistern_connector_events_total", "counter", "Events stored since the process started.",
     "connector, stream"},
    {"cistern_connector_duplicates_total", "counter",
     "Records that the vendor offered again and that were not stored twice.", "connector, stream"},
    {"cistern_connector_state", "gauge",
     "1 for the state that the connector is in, 0 for the others.", "connector, state"},
    {"cistern_connector_lag_seconds", "gauge",
     "Age of the newest event in seconds; absent before the first event.", "connector"},
    {"cistern_connector_delay_seconds", "gauge",
     "How long the connector waited at most, in the last one to two minutes, for a turn or for "
     "memory that it shares with others.",
     "connector"},
    {"cistern_connector_complete_through_timestamp_seconds", "gauge",
     "Everything up to then is stored, in seconds since the Unix epoch; absent when unknown.",
     "connector, stream"},
    {"cistern_connector_credential_expires_timestamp_seconds", "gauge",
     "When what the connector logs in with stops working, in seconds since the Unix epoch; absent "
     "when unknown.",
     "connector"},
    {"cistern_connector_lost_reports_total", "counter",
     "Reports that events can no longer be read at the vendor; the log names the intervals.",
     "connector"},
    {"cistern_connector_failed_requests_total", "counter",
     "Requests that ended without a whole answer, by code of the failure: net/too-large, "
     "net/timeout and net/encoding when an answer reached a bound.",
     "connector, code"},
    {"cistern_connector_streams_open", "gauge",
     "Long-lived streams of the vendor that are read now; absent where the protocol has none.",
     "connector"},
    {"cistern_connector_stream_openings_total", "counter",
     "Long-lived streams that the vendor opened for us; each beyond the first of a partition is a "
     "reconnect.",
     "connector"},
    {"cistern_connector_stream_keep_alives_total", "counter",
     "Signs of life without an event on long-lived streams.", "connector"},
    {"cistern_connector_stream_pauses_total", "counter",
     "Times that reading of a long-lived stream stopped until the store or the memory had room.",
     "connector"},
    {"cistern_connector_stream_waiting", "gauge",
     "Messages that wait in the vendor's queue, as it told last; absent where there is no queue "
     "that "
     "tells.",
     "connector"},
    {"cistern_connector_stream_read_bytes_total", "counter",
     "Bytes read from long-lived streams, after decompression.", "connector"},
    {"cistern_connector_listen_connections", "gauge",
     "Connections of senders that are open now; absent where nobody connects to us.", "connector"},
    {"cistern_connector_listen_accepted_total", "counter",
     "Connections of senders that were taken.", "connector"},
    {"cistern_connector_listen_messages_total", "counter",
     "Messages, files or notifications that senders handed over.", "connector"},
    {"cistern_connector_listen_bytes_total", "counter",
     "Bytes of messages, files or notifications that senders handed over.", "connector"},
    {"cistern_connector_listen_pauses_total", "counter",
     "Times that senders were made to wait until the store or the memory had room.", "connector"},
    {"cistern_connector_listen_incidents_total", "counter",
     "What was refused, lost or cut, by reason: kernel_drop and incomplete are losses, truncated "
     "messages are stored up to the bound, not_allowed and too_many_connections are refusals.",
     "connector, reason"},
    {"cistern_deriver_read_events_total", "counter",
     "Events that the connector's deriver has read since the process started; absent where it has "
     "none.",
     "connector"},
    {"cistern_deriver_derived_events_total", "counter",
     "Events made of other events and stored; they are not among the received ones.", "connector"},
    {"cistern_deriver_open", "gauge",
     "Things that the deriver holds because they are not told yet, such as mail messages under "
     "way.",
     "connector"},
    {"cistern_deriver_open_bytes", "gauge", "Memory that these take, about.", "connector"},
    {"cistern_deriver_backlog_events", "gauge",
     "Events in the store that the deriver has not looked at yet.", "connector"},
    {"cistern_deriver_incidents_total", "counter",
     "Bounds that the deriver reached and things that did not come out whole, by name; the "
     "connector's page explains the names.",
     "connector, incident"},
    {"cistern_stream_unusually_quiet", "gauge",
     "1 while nothing has come for longer than is usual at this hour of the week, otherwise 0.",
     "connector, stream"},
    {"cistern_stream_rhythm_known", "gauge",
     "1 when seven days of pauses between arrivals have been learned, so that silence can be "
     "judged.",
     "connector, stream"},
    {"cistern_destination_delivered_events_total", "counter",
     "Events delivered since the destination's cursor began.", "destination"},
    {"cistern_destination_skipped_events_total", "counter",
     "Events that are not for this destination, or are missing in the store.", "destination"},
    {"cistern_destination_set_aside_events", "gauge",
     "Events that the destination refused one by one; they stay in the store with the reason.",
     "destination"},
    {"cistern_destination_delivered_bytes_total", "counter",
     "Bytes delivered since the process started.", "destination"},
    {"cistern_destination_backlog_events", "gauge",
     "Events in the store that this destination has not passed yet.", "destination"},
    {"cistern_destination_state", "gauge",
     "1 for the state that the destination is in, 0 for the others.", "destination, state"},
    {"cistern_mapping_unknown_fields_total", "counter",
     "Fields, in delivered events, that the mapping does not know; they are delivered under the "
     "vendor's own names.",
     "destination, connector, stream"},
    {"cistern_mapping_wrong_types_total", "counter",
     "Values, in delivered events, whose type the mapping does not expect; the events are "
     "delivered.",
     "destination, connector, stream"},
    {"cistern_format_cut_values_total", "counter",
     "Values, in delivered events, that were shortened to the length that the format or "
     "max_length allows.",
     "destination, connector, stream"},
    {"cistern_format_mended_values_total", "counter",
     "Values, in delivered events, with control characters or delimiters that the format cannot "
     "carry, which were replaced.",
     "destination, connector, stream"},
    {"cistern_stage_stalled", "gauge",
     "1 while a stage that all components share makes no progress, otherwise 0.", "stage"},
    {"cistern_store_bytes", "gauge", "Disk space of the store in bytes.", ""},
    {"cistern_store_segments", "gauge", "Files that hold the store's events.", ""},
    {"cistern_store_last_sequence", "gauge", "Sequence of the newest durable event.", ""},
    {"cistern_store_oldest_sequence", "gauge", "Sequence of the oldest event still stored.", ""},
    {"cistern_store_writing", "gauge",
     "1 while the store can write, 0 while it is paused or has failed.", ""},
    {"cistern_store_last_sync_seconds", "gauge",
     "How long the disk took to make the last commit durable, in seconds.", ""},
    {"cistern_store_identities", "gauge",
     "Identities remembered to recognise records that are offered again.", ""},
    {"cistern_store_commits_waiting", "gauge", "Commits handed over and not durable yet.", ""},
    {"cistern_store_commits_refused_total", "counter",
     "Commits beyond a bound of the store; nothing of them is stored, the connector keeps them.",
     ""},
    {"cistern_store_holes", "gauge",
     "Ranges of sequences that cannot be read any more, found at start or since.", ""},
    {"cistern_store_inbox_files", "gauge",
     "Files that were pushed to us whole and wait to be taken into the log.", ""},
    {"cistern_store_inbox_bytes", "gauge",
     "Disk space of these files and of those that are being received; part of the store's bytes.",
     ""},
    {"cistern_store_inbox_refused_total", "counter",
     "Pushed files that were not taken, at a bound of the inbox or on a full disk; their senders "
     "keep them.",
     ""},
    {"cistern_store_reserve_bytes", "gauge",
     "Disk space above store.max_size that data pushed to us may use.", ""},
    {"cistern_store_reserve_used_bytes", "gauge", "How much of the reserve is used.", ""},
    {"cistern_memory_in_flight_bytes", "gauge",
     "Bytes of answers and commits that are held in memory.", ""},
    {"cistern_memory_limit_bytes", "gauge",
     "Bytes in flight at which no further request is started.", ""},
}};

constexpr std::array kStates = {State::starting,        State::flowing,     State::quiet,
                                State::unusually_quiet, State::catching_up, State::throttled,
                                State::retrying,        State::refused,     State::denied,
                                State::paused,          State::stopped};

// Short enough for any dashboard; names from the configuration are shorter.
constexpr std::size_t kLongestLabel = 200;

constexpr std::size_t kLongestProblem = 4096;

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

double unix_time(TimePoint time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

// Label values are snake_case words, so that a query needs no quoting of blanks.
std::string_view label_of(State state) {
  switch (state) {
    case State::catching_up:
      return "catching_up";
    case State::unusually_quiet:
      return "unusually_quiet";
    case State::refused:
      return "login_refused";
    case State::denied:
      return "permission_missing";
    default:
      return to_string(state);
  }
}

class Page {
 public:
  void head(Metric metric) {
    const MetricType& type = kTypes[metric];
    name_ = type.name;
    text_.append("# HELP ").append(name_).append(" ").append(type.text).append("\n");
    text_.append("# TYPE ").append(name_).append(" ").append(type.type).append("\n");
  }
  void sample(Labels labels, double value) {
    std::array<char, 40> digits{};
    const int length = std::snprintf(digits.data(), digits.size(), "%.17g", value);
    line(labels, {digits.data(), static_cast<std::size_t>(length)});
  }
  void sample(Labels labels, std::uint64_t value) { line(labels, std::to_string(value)); }
  void single(Metric metric, double value) {
    head(metric);
    sample({}, value);
  }
  void single(Metric metric, std::uint64_t value) {
    head(metric);
    sample({}, value);
  }
  std::string take() { return std::move(text_); }

 private:
  void line(Labels labels, std::string_view value) {
    text_ += name_;
    char before = '{';
    for (const auto& [label, text] : labels) {
      text_ += before;
      text_.append(label).append("=\"");
      append_escaped(text.substr(0, kLongestLabel));
      text_ += '"';
      before = ',';
    }
    if (before == ',') text_ += '}';
    text_ += ' ';
    text_ += value;
    text_ += '\n';
  }
  void append_escaped(std::string_view text) {
    for (const char c : text) {
      switch (c) {
        case '\\':
          text_ += "\\\\";
          break;
        case '"':
          text_ += "\\\"";
          break;
        case '\n':
          text_ += "\\n";
          break;
        default:
          text_ += c;
      }
    }
  }
  std::string text_;
  std::string_view name_;
};

void write_connectors(Page& page, const std::vector<ConnectorStatus>& connectors) {
  page.head(kConnectorEvents);
  for (const auto& connector : connectors) {
    for (const auto& stream : connector.streams) {
      page.sample({{"connector", connector.name}, {"stream", stream.stream}}, stream.events);
    }
  }
  page.head(kConnectorDuplicates);
  for (const auto& connector : connectors) {
    for (const auto& stream : connector.streams) {
      page.sample({{"connector", connector.name}, {"stream", stream.stream}}, stream.duplicates);
    }
  }
  page.head(kConnectorState);
  for (const auto& connector : connectors) {
    for (const State state : kStates) {
      page.sample({{"connector", connector.name}, {"state", label_of(state)}},
                  std::uint64_t{connector.state == state});
    }
  }
  page.head(kConnectorLag);
  for (const auto& connector : connectors) {
    if (connector.lag) page.sample({{"connector", connector.name}}, seconds(*connector.lag));
  }
  page.head(kConnectorDelay);
  for (const auto& connector : connectors)
    page.sample({{"connector", connector.name}}, seconds(connector.delay));
  page.head(kConnectorThrough);
  for (const auto& connector : connectors) {
    for (const auto& stream : connector.streams) {
      if (stream.through == TimePoint{}) continue;
      page.sample({{"connector", connector.name}, {"stream", stream.stream}},
                  unix_time(stream.through));
    }
  }
  page.head(kConnectorCredential);
  for (const auto& connector : connectors) {
    if (connector.credential_expires == TimePoint{}) continue;
    page.sample({{"connector", connector.name}}, unix_time(connector.credential_expires));
  }
  const auto each_stream = [&](Metric metric, auto&& value) {
    page.head(metric);
    for (const auto& connector : connectors) {
      for (const auto& stream : connector.streams) {
        page.sample({{"connector", connector.name}, {"stream", stream.stream}},
                    std::uint64_t{value(stream)});
      }
    }
  };
  each_stream(kUnusuallyQuiet,
              [](const StreamStatus& stream) { return stream.state == State::unusually_quiet; });
  each_stream(kRhythmKnown, [](const StreamStatus& stream) { return stream.rhythm_known; });
  page.head(kConnectorLost);
  for (const auto& connector : connectors) {
    page.sample({{"connector", connector.name}}, connector.lost_reports);
  }
  page.head(kConnectorFailedRequests);
  for (const auto& connector : connectors) {
    for (const auto& [code, count] : connector.failed_requests)
      page.sample({{"connector", connector.name}, {"code", code}}, count);
  }
}

void write_reading(Page& page, const std::vector<ConnectorStatus>& connectors) {
  const auto each = [&](Metric metric, std::uint64_t StreamFacts::*field) {
    page.head(metric);
    for (const auto& connector : connectors) {
      if (connector.reading) {
        page.sample({{"connector", connector.name}}, (*connector.reading).*field);
      }
    }
  };
  each(kStreamsOpen, &StreamFacts::open);
  each(kStreamOpenings, &StreamFacts::openings);
  each(kStreamKeepAlives, &StreamFacts::keep_alives);
  each(kStreamPauses, &StreamFacts::pauses);
  page.head(kStreamWaiting);
  for (const auto& connector : connectors) {
    if (connector.reading && connector.reading->waiting)
      page.sample({{"connector", connector.name}}, *connector.reading->waiting);
  }
  each(kStreamBytes, &StreamFacts::bytes);
}

void write_listening(Page& page, const std::vector<ConnectorStatus>& connectors) {
  const auto each = [&](Metric metric, std::uint64_t ListenFacts::*field) {
    page.head(metric);
    for (const auto& connector : connectors) {
      if (connector.listening) {
        page.sample({{"connector", connector.name}}, (*connector.listening).*field);
      }
    }
  };
  each(kListenConnections, &ListenFacts::connections);
  each(kListenAccepted, &ListenFacts::accepted);
  each(kListenMessages, &ListenFacts::messages);
  each(kListenBytes, &ListenFacts::bytes);
  each(kListenPauses, &ListenFacts::pauses);
  page.head(kListenIncidents);
  for (const auto& connector : connectors) {
    if (!connector.listening) continue;
    for (const auto& [reason, count] : connector.listening->incidents)
      page.sample({{"connector", connector.name}, {"reason", reason}}, count);
  }
}

void write_deriving(Page& page, const std::vector<ConnectorStatus>& connectors) {
  const auto each = [&](Metric metric, std::uint64_t DeriverFacts::*field) {
    page.head(metric);
    for (const auto& connector : connectors) {
      if (connector.deriving)
        page.sample({{"connector", connector.name}}, (*connector.deriving).*field);
    }
  };
  each(kDeriverRead, &DeriverFacts::read);
  each(kDeriverDerived, &DeriverFacts::derived);
  each(kDeriverOpen, &DeriverFacts::open);
  each(kDeriverOpenBytes, &DeriverFacts::open_bytes);
  each(kDeriverBacklog, &DeriverFacts::backlog);
  page.head(kDeriverIncidents);
  for (const auto& connector : connectors) {
    if (!connector.deriving) continue;
    for (const auto& [name, count] : connector.deriving->incidents)
      page.sample({{"connector", connector.name}, {"incident", name}}, count);
  }
}

void write_destinations(Page& page, const std::vector<DestinationStatus>& destinations) {
  const auto each = [&](Metric metric, std::uint64_t DestinationStatus::*field) {
    page.head(metric);
    for (const auto& status : destinations)
      page.sample({{"destination", status.name}}, status.*field);
  };
  each(kDestinationDelivered, &DestinationStatus::delivered);
  each(kDestinationSkipped, &DestinationStatus::skipped);
  each(kDestinationSetAside, &DestinationStatus::set_aside);
  each(kDestinationBytes, &DestinationStatus::delivered_bytes);
  each(kDestinationBacklog, &DestinationStatus::backlog);
  page.head(kDestinationState);
  for (const auto& status : destinations) {
    for (const State state : kStates) {
      page.sample({{"destination", status.name}, {"state", label_of(state)}},
                  std::uint64_t{status.state == state});
    }
  }
}

void write_drift(Page& page, const std::vector<DestinationStatus>& destinations) {
  const auto each = [&](Metric metric, std::uint64_t MappingDrift::*field) {
    page.head(metric);
    for (const auto& destination : destinations) {
      for (const auto& drift : destination.drift) {
        page.sample({{"destination", destination.name},
                     {"connector", drift.connector},
                     {"stream", drift.stream}},
                    drift.*field);
      }
    }
  };
  each(kUnknownFields, &MappingDrift::unknown_fields);
  each(kWrongTypes, &MappingDrift::wrong_types);
  each(kCutValues, &MappingDrift::cut_values);
  each(kMendedValues, &MappingDrift::mended_values);
}

void write_stages(Page& page, const std::vector<StalledStage>& stalled) {
  page.head(kStageStalled);
  for (const std::string_view stage : watched_stages()) {
    const bool stands = std::any_of(stalled.begin(), stalled.end(),
                                    [&](const auto& one) { return one.stage == stage; });
    page.sample({{"stage", stage}}, std::uint64_t{stands});
  }
}

void write_store(Page& page, const journal::Health& health) {
  page.single(kStoreBytes, health.bytes_on_disk);
  page.single(kStoreSegments, health.segments);
  page.single(kStoreLast, std::uint64_t{health.last});
  page.single(kStoreOldest, std::uint64_t{health.oldest});
  page.single(kStoreWriting, std::uint64_t{health.state == journal::Health::State::writing});
  page.single(kStoreSync, seconds(health.last_sync));
  page.single(kStoreIdentities, health.identities);
  page.single(kStoreWaiting, health.commits_waiting);
  page.single(kStoreRefused, health.commits_refused);
  page.single(kStoreHoles, std::uint64_t{health.holes.size()});
  page.single(kInboxFiles, health.inbox_files);
  page.single(kInboxBytes, health.inbox_bytes);
  page.single(kInboxRefused, health.inbox_refused);
  page.single(kReserve, health.reserve);
  page.single(kReserveUsed, health.reserve_used);
}

}  // namespace

std::span<const MetricType> metric_types() {
  return kTypes;
}

std::string render_metrics(const StatusBoard& status, const journal::Journal& journal,
                           const MemoryBudget& memory, TimePoint now) {
  Page page;
  page.head(kBuildInfo);
  page.sample({{"version", CISTERN_VERSION}}, std::uint64_t{1});
  page.single(kStartTime, unix_time(std::min(status.started(), now)));
  const auto connectors = status.connectors();
  write_connectors(page, connectors);
  write_reading(page, connectors);
  write_listening(page, connectors);
  write_deriving(page, connectors);
  const auto destinations = status.destinations();
  write_destinations(page, destinations);
  write_drift(page, destinations);
  write_stages(page, status.stalled_stages());
  write_store(page, journal.health());
  page.single(kMemoryUsed, memory.used());
  page.single(kMemoryLimit, memory.limit());
  return page.take();
}

std::string render_health(const StatusBoard& status, const journal::Journal& journal,
                          bool& healthy) {
  const auto health = journal.health();
  std::string text;
  codec::JsonWriter json(text);
  healthy = health.state == journal::Health::State::writing;
  json.begin_object().key("problems").begin_array();
  if (!healthy) json.string(excerpt("store: " + health.failure.sentence(), kLongestProblem));
  const auto examine = [&](const std::string& name, State state, const std::string& words) {
    if (state != State::stopped && state != State::refused && state != State::denied) return;
    healthy = false;
    json.string(excerpt(name + ": " + words, kLongestProblem));
  };
  for (const auto& connector : status.connectors()) {
    examine(connector.name, connector.state, connector.words);
  }
  for (const auto& destination : status.destinations()) {
    examine(destination.name, destination.state, destination.words);
  }
  for (const auto& stalled : status.stalled_stages()) {
    healthy = false;
    json.string(excerpt(stalled.failure.sentence(), kLongestProblem));
  }
  json.end_array().key("healthy").boolean(healthy).end_object();
  text += '\n';
  return text;
}

}  // namespace cistern::runtime
