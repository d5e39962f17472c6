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
  quiet,  ///< Answers as it should, and has nothing new.
  catching_up,
  throttled,
  retrying,
  refused,  ///< "login refused" or a missing permission.
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
  std::vector<StreamStatus> streams;
};

struct DestinationStatus {
  std::string name;
  std::string type;
  State state = State::starting;
  std::string words;
  TimePoint since{};
  std::uint64_t delivered = 0;  ///< Events, since the cursor began.
  std::uint64_t skipped = 0;
  std::uint64_t delivered_bytes = 0;  ///< Since the start of the process.
  std::uint64_t backlog = 0;          ///< Events in the store behind the cursor.
  double events_per_second = 0;
  std::optional<Failure> failure;
};

/// Safe from any thread.
///
/// A stream that flows turns quiet when nothing of it was stored for two minutes. A connector's
/// state is the gravest of its streams'. A change of state is logged once, never each attempt; loss
/// is logged and counted, but is no state, because the stream itself goes on.
class StatusBoard {
 public:
  StatusBoard(const Clock& clock, Log& log);
  ~StatusBoard();
  StatusBoard(const StatusBoard&) = delete;
  StatusBoard& operator=(const StatusBoard&) = delete;

  void add_connector(const std::string& name, const std::string& type);
  void add_destination(const std::string& name, const std::string& type);
  /// Streams are declared so that one that never answered is not forgotten. At most 256 a
  /// connector; what comes beyond is counted for the connector as a whole.
  void add_stream(const std::string& connector, const std::string& stream);

  /// A report without a stream speaks for every stream of the connector that is not stopped.
  void report(const std::string& connector, const Report& report);
  void stored(const std::string& connector, std::string_view stream, std::uint64_t events,
              std::uint64_t duplicates, TimePoint newest_event);
  /// The watchdog found a stage of the connector that stands still, or found it moving again.
  void stalled(const std::string& connector, const Failure& failure);
  void moving(const std::string& connector);
  void store_paused(const Failure& failure);
  void store_writing();

  void delivered(const std::string& destination, std::uint64_t events, std::uint64_t skipped,
                 std::uint64_t bytes, Sequence next);
  void destination_state(const std::string& destination, State state,
                         std::optional<Failure> failure, TimePoint until);
  void set_cursor(const std::string& destination, Sequence next, std::uint64_t delivered,
                  std::uint64_t skipped);
  /// The last durable sequence; a smaller one than before is ignored.
  void set_last_sequence(Sequence last);

  [[nodiscard]] std::vector<ConnectorStatus> connectors() const;
  [[nodiscard]] std::vector<DestinationStatus> destinations() const;
  [[nodiscard]] TimePoint started() const { return started_; }

  /// Notices what only time changes (flowing to quiet); call every second or so.
  void refresh();
  /// Writes one line per connector (state, events, lag) for those who follow the log; call each
  /// minute.
  void heartbeat();

 private:
  struct ConnectorEntry;
  struct DestinationEntry;
  void settle(const std::string& name, ConnectorEntry& entry);
  void settle(const std::string& name, DestinationEntry& entry);

  const Clock& clock_;
  Log& log_;
  TimePoint started_;
  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<ConnectorEntry>, std::less<>> connectors_;
  std::map<std::string, std::unique_ptr<DestinationEntry>, std::less<>> destinations_;
  Sequence last_sequence_ = 0;
  std::optional<Failure> paused_;
};

}  // namespace cistern::runtime
