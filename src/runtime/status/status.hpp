// What each component is doing, in words. Components only report facts; this turns them into one
// state, logs a change once, and feeds `status`, the live table and the metrics.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/poll.hpp"
#include "base/record.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::runtime {

enum class State : std::uint8_t {
  starting,
  flowing,
  quiet,            ///< Answers as it should, and has nothing new.
  unusually_quiet,  ///< Answers as it should, and has been silent beyond its learned rhythm.
  catching_up,
  throttled,
  retrying,
  refused,  ///< The login was refused.
  denied,   ///< Logged in, but a permission is missing.
  paused,   ///< The store takes nothing just now.
  stopped,
};
std::string_view to_string(
    State state);  ///< "starting", "flowing", "catching up", "login refused", ...

struct StreamStatus {
  std::string stream;
  State state = State::starting;
  TimePoint through{};  ///< Complete up to then; epoch when unknown.
  TimePoint until{};    ///< When throttled, retrying or refused: the next attempt.
  std::optional<Failure> failure;
  std::uint64_t events = 0;  ///< Stored since the start of the process.
  std::uint64_t duplicates = 0;
  TimePoint newest_event{};
  TimePoint last_event_at{};  ///< When the newest was stored.
  bool rhythm_known = false;  ///< Whether seven days of its pauses have been learned.
};

/// What a mapping met that it does not know, and what a format could not carry as it stood, since
/// the start of the process, as one destination delivered it. Bounded by what a view gathers.
struct MappingDrift {
  std::string connector;
  std::string stream;
  std::uint64_t unknown_fields = 0;  ///< Occurrences, not names.
  std::uint64_t wrong_types = 0;
  std::vector<std::string> names;  ///< Of unknown fields and of wrong types, at most 32.
  /// Values shortened to the length that the format sets for a key or for the whole line.
  std::uint64_t cut_values = 0;
  /// Values with bytes that the format cannot carry, which were replaced.
  std::uint64_t mended_values = 0;
  std::vector<std::string> format_keys = {};  ///< Where values were cut or mended, at most 32.
};

/// What a connector with long-lived streams does with them; counters since it was started.
struct StreamFacts {
  std::uint64_t open = 0;         ///< Streams that are read now.
  std::uint64_t openings = 0;     ///< Streams that answered; what exceeds `open` was a reconnect.
  std::uint64_t keep_alives = 0;  ///< Signs of life without an event.
  std::uint64_t pauses = 0;       ///< Reading was stopped until the store or memory had room.
  std::uint64_t bytes = 0;        ///< Read, after decompression.
  /// Messages that wait for us in the vendor's queue, where there is one that tells.
  std::optional<std::uint64_t> waiting = {};
  friend bool operator==(const StreamFacts&, const StreamFacts&) = default;
};

/// What a connector that others connect to does with them; counters since it was started.
struct ListenFacts {
  std::uint64_t connections = 0;  ///< Open now.
  std::uint64_t accepted = 0;     ///< Connections, since the start.
  std::uint64_t messages = 0;     ///< Taken: messages, files, notifications.
  std::uint64_t bytes = 0;        ///< Of what was taken.
  std::uint64_t pauses = 0;       ///< Reading stopped until the store or the memory had room.
  /// What was refused, lost or cut, by reason: "kernel_drop", "not_allowed", "truncated", ...
  std::map<std::string, std::uint64_t, std::less<>> incidents;
  friend bool operator==(const ListenFacts&, const ListenFacts&) = default;
};

/// What a connector's deriver makes of its events; counters since the start of the process.
struct DeriverFacts {
  std::uint64_t read = 0;        ///< Events read.
  std::uint64_t derived = 0;     ///< Events made of them and stored; not among the received.
  std::uint64_t open = 0;        ///< Things that are joined and not told yet.
  std::uint64_t open_bytes = 0;  ///< Memory they take, about.
  std::uint64_t backlog = 0;     ///< Events in the store that it has not looked at yet.
  /// Bounds reached, and what did not come out whole, by name.
  std::map<std::string, std::uint64_t, std::less<>> incidents;
};

struct ConnectorStatus {
  std::string name;
  std::string type;
  State state = State::starting;  ///< The gravest of its streams'.
  std::string words;              ///< "throttled until 09:14:07", "stopped: secret expired", ...
  TimePoint since{};
  std::uint64_t events = 0;
  std::uint64_t duplicates = 0;
  double events_per_second = 0;  ///< Over the last 10 seconds.
  std::optional<Duration> lag;   ///< Now minus newest event time, when known.
  TimePoint through{};           ///< The least of its streams'.
  std::uint64_t lost_reports = 0;
  /// Requests that ended without a whole answer, by code of the failure; bounds that an answer
  /// reached ("net/too-large", "net/timeout", "net/encoding") are among them.
  std::map<std::string, std::uint64_t, std::less<>> failed_requests;
  std::vector<StreamStatus> streams;
  /// What stands and changes no state. A notice with a code stands until one of the same code and
  /// without a next step ends it.
  std::vector<Failure> notices;
  TimePoint credential_expires{};  ///< Of what it logs in with; epoch when unknown.
  Duration delay{0};  ///< Longest wait of the last minutes for a turn, or for shared memory.
  std::optional<StreamFacts> reading = {};    ///< Of connectors with long-lived streams only.
  std::optional<ListenFacts> listening = {};  ///< Of connectors that others connect to only.
  std::optional<DeriverFacts> deriving = {};  ///< Of connectors with a deriver only.
};

struct DestinationStatus {
  std::string name;
  std::string type;
  State state = State::starting;
  State reported = State::starting;  ///< By the delivery itself, before time and watchdog.
  std::string words;
  TimePoint since{};
  std::uint64_t delivered = 0;  ///< Events, since the cursor began.
  std::uint64_t skipped = 0;
  std::uint64_t set_aside = 0;        ///< Refused one by one; kept in the store with the reason.
  std::uint64_t delivered_bytes = 0;  ///< Since the start of the process.
  std::uint64_t backlog = 0;          ///< Events in the store behind the cursor.
  double events_per_second = 0;
  std::optional<Failure> failure;
  std::vector<MappingDrift> drift;
};

/// A part of the process as a whole that makes no progress.
struct StalledStage {
  std::string stage;  ///< "journal writer", "decoding"
  Failure failure;
};

struct StreamEntry;

/// Safe from any thread.
///
/// A stream that flows turns quiet when nothing of it was stored for two minutes: "quiet as usual"
/// where its rhythm is known. Silence beyond the rhythm is unusual; what decides between quiet and
/// broken is the last report that it works or catches up, which a connector repeats with each sound
/// poll, also of nothing new. Without one for long (15 minutes, or four times the usual pause
/// between them), silence proves nothing, and the stream counts as retrying.
///
/// A connector's state is the gravest of its streams'. A change of state is logged once, never each
/// attempt; loss is logged and counted, but is no state, because the stream itself goes on.
class StatusBoard {
 public:
  StatusBoard(const Clock& clock, Log& log);
  ~StatusBoard();
  StatusBoard(const StatusBoard&) = delete;
  StatusBoard& operator=(const StatusBoard&) = delete;

  void add_connector(const std::string& name, const std::string& type);
  void add_destination(const std::string& name, const std::string& type);
  /// The component has ended for good, or gives way to one with other values, which is added anew.
  void remove_connector(const std::string& name);
  void remove_destination(const std::string& name);
  /// Streams are declared so that one that never answered is not forgotten. At most 256 a
  /// connector; what comes beyond is counted for the connector as a whole.
  void add_stream(const std::string& connector, const std::string& stream);

  /// A report without a stream speaks for every stream of the connector that is not stopped.
  void report(const std::string& connector, const Report& report);
  void stored(const std::string& connector, std::string_view stream, std::uint64_t events,
              std::uint64_t duplicates, TimePoint newest_event);
  /// Counts a request that ended without a whole answer.
  void request_failed(const std::string& connector, const std::string& code);
  /// What a connector with long-lived streams does with them now.
  void reading(const std::string& connector, const StreamFacts& facts);
  /// What a connector that others connect to does with them now.
  void listening(const std::string& connector, ListenFacts facts);
  /// What a connector's deriver has made and holds now.
  void deriving(const std::string& connector, DeriverFacts facts);
  /// How long the connector waited at most, lately, for what it shares with others.
  void delayed(const std::string& connector, Duration longest);
  /// The watchdog found a stage of the connector that stands still, or found it moving again.
  void stalled(const std::string& connector, const Failure& failure);
  void moving(const std::string& connector);
  void store_paused(const Failure& failure);
  void store_writing();
  /// The same for a destination, and for stages that all components share.
  void delivery_stalled(const std::string& destination, const Failure& failure);
  void delivery_moving(const std::string& destination);
  void set_stalled_stages(std::vector<StalledStage> stages);

  void delivered(const std::string& destination, std::uint64_t events, std::uint64_t skipped,
                 std::uint64_t bytes, Sequence next);
  void destination_state(const std::string& destination, State state,
                         std::optional<Failure> failure, TimePoint until);
  void set_cursor(const std::string& destination, Sequence next, std::uint64_t delivered,
                  std::uint64_t skipped);
  /// Events of the destination that were set aside; `events` more, or in all.
  void set_aside(const std::string& destination, std::uint64_t events);
  void set_set_aside(const std::string& destination, std::uint64_t events);
  /// What the destination's mappings met that they do not know; adds up.
  void drifted(const std::string& destination, const std::vector<MappingDrift>& drift);
  /// The last durable sequence; a smaller one than before is ignored.
  void set_last_sequence(Sequence last);

  [[nodiscard]] std::vector<ConnectorStatus> connectors() const;
  [[nodiscard]] std::vector<DestinationStatus> destinations() const;
  [[nodiscard]] std::vector<StalledStage> stalled_stages() const;
  [[nodiscard]] TimePoint started() const { return started_; }

  /// The learned rhythms as lines, for a file, and back again; lines that cannot be read are left
  /// out and counted. Restoring comes before the components are added.
  [[nodiscard]] std::string rhythms() const;
  std::size_t restore_rhythms(std::string_view lines);

  /// Notices what only time changes (flowing to quiet); call every second or so.
  void refresh();
  /// Writes one line per connector (state, events, lag) for those who follow the log; call each
  /// minute.
  void heartbeat();

 private:
  struct ConnectorEntry;
  struct DestinationEntry;
  struct LearnedRhythm;
  void settle(const std::string& name, ConnectorEntry& entry);
  void settle(const std::string& name, DestinationEntry& entry);
  void give_rhythm(const std::string& connector, StreamEntry& stream);

  const Clock& clock_;
  Log& log_;
  TimePoint started_;
  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<ConnectorEntry>, std::less<>> connectors_;
  std::map<std::string, std::unique_ptr<DestinationEntry>, std::less<>> destinations_;
  /// By connector and stream; they outlive a component that is exchanged.
  std::map<std::string, std::map<std::string, std::shared_ptr<LearnedRhythm>, std::less<>>,
           std::less<>>
      rhythms_;
  std::vector<StalledStage> stages_;
  Sequence last_sequence_ = 0;
  std::optional<Failure> paused_;
};

}  // namespace cistern::runtime
