#include "runtime/status.hpp"

#include "runtime/status_entries.hpp"
#include "runtime/status_words.hpp"

#include <algorithm>
#include <set>

namespace cistern::runtime {

StatusBoard::StatusBoard(const Clock& clock, Log& log)
    : clock_(clock), log_(log), started_(clock.now()) {}
StatusBoard::~StatusBoard() = default;

void StatusBoard::add_connector(const std::string& name, const std::string& type) {
  const std::lock_guard lock(mutex_);
  auto& entry = connectors_[name];
  if (!entry) entry = std::make_unique<ConnectorEntry>();
  entry->type = type;
  entry->since = clock_.now();
}

void StatusBoard::add_destination(const std::string& name, const std::string& type) {
  const std::lock_guard lock(mutex_);
  auto& entry = destinations_[name];
  if (!entry) entry = std::make_unique<DestinationEntry>();
  entry->status.name = name;
  entry->status.type = type;
  entry->status.since = clock_.now();
}

void StatusBoard::add_stream(const std::string& connector, const std::string& stream) {
  const std::lock_guard lock(mutex_);
  const auto found = connectors_.find(connector);
  if (found != connectors_.end()) found->second->stream(stream);
}

void StatusBoard::report(const std::string& connector, const Report& report) {
  const std::lock_guard lock(mutex_);
  const auto found = connectors_.find(connector);
  if (found == connectors_.end()) return;
  auto& entry = *found->second;
  if (report.kind == Report::Kind::lost) {
    ++entry.lost;
    log_.error(
        connector, "events lost: " + report.failure.sentence(),
        {{"stream", report.stream}, {"code", report.failure.code}, {"lost_reports", entry.lost}});
    return;
  }
  const auto state = reported_state(report.kind);
  if (!state) {
    const auto level = report.failure.code.empty() ? LogLevel::info : LogLevel::warning;
    log_.write(level, connector, report.failure.sentence(),
               {{"stream", report.stream}, {"code", report.failure.code}});
    return;
  }
  const Duration steady = clock_.steady();
  if (!report.stream.empty()) entry.forget_placeholder();
  if (!report.stream.empty() || entry.streams.empty()) {
    apply(entry.stream(report.stream), *state, report, steady);
  } else {
    for (auto& [name, stream] : entry.streams) {
      if (stream.status.state != State::stopped) apply(stream, *state, report, steady);
    }
  }
  settle(connector, entry);
}

void StatusBoard::stored(const std::string& connector, std::string_view stream,
                         std::uint64_t events, std::uint64_t duplicates, TimePoint newest_event) {
  const std::lock_guard lock(mutex_);
  const auto found = connectors_.find(connector);
  if (found == connectors_.end()) return;
  auto& entry = *found->second;
  auto& known = entry.stream(stream);
  known.status.duplicates += duplicates;
  if (events == 0) return;
  known.status.events += events;
  known.status.newest_event = std::max(known.status.newest_event, newest_event);
  known.status.last_event_at = clock_.now();
  known.active = clock_.steady();
  if (known.status.state == State::starting) known.status.state = State::flowing;
  entry.rate.add(known.active, events);
  settle(connector, entry);
}

void StatusBoard::stalled(const std::string& connector, const Failure& failure) {
  const std::lock_guard lock(mutex_);
  const auto found = connectors_.find(connector);
  if (found == connectors_.end()) return;
  found->second->stalled = failure;
  settle(connector, *found->second);
}

void StatusBoard::moving(const std::string& connector) {
  const std::lock_guard lock(mutex_);
  const auto found = connectors_.find(connector);
  if (found == connectors_.end() || !found->second->stalled) return;
  found->second->stalled.reset();
  settle(connector, *found->second);
}

void StatusBoard::store_paused(const Failure& failure) {
  const std::lock_guard lock(mutex_);
  if (!paused_ || paused_->code != failure.code) {
    log_.warning("store", "paused: " + failure.sentence(), {{"code", failure.code}});
  }
  paused_ = failure;
  for (auto& [name, entry] : connectors_)
    settle(name, *entry);
}

void StatusBoard::store_writing() {
  const std::lock_guard lock(mutex_);
  if (!paused_) return;
  paused_.reset();
  log_.info("store", "writing again; connectors go on where they were");
  for (auto& [name, entry] : connectors_)
    settle(name, *entry);
}

// The one place where a connector's state changes hands: compares with what was last said, and says
// what is new.
void StatusBoard::settle(const std::string& name, ConnectorEntry& entry) {
  const TimePoint now = clock_.now();
  const Summary summary = entry.summary(paused_, clock_.steady());
  entry.words = state_words(summary.state, summary.failure, summary.until, summary.stream);
  std::uint64_t events = 0;
  std::set<std::string> grave;
  for (const auto& [stream, known] : entry.streams) {
    events += known.status.events;
    if (needs_a_person(known.status.state)) {
      grave.insert(known.status.failure ? known.status.failure->code : std::string{});
    }
  }
  const std::string next = what_next(summary.state, summary.failure, summary.until, now);
  const std::string tail =
      (next.empty() ? "" : "; " + next) + "; " + age_words(entry.newest(), now);
  if (summary.state != entry.state || summary.code() != entry.code) {
    if (summary.state != entry.state) entry.since = now;
    // While the whole store is paused its own line has said so; a thousand more would say nothing.
    const bool said = summary.state == State::paused || entry.state == State::paused;
    std::string line = entry.words;
    if (summary.state == State::throttled && summary.failure && !summary.failure->cause.empty()) {
      line += ": " + summary.failure->cause;
    }
    log_.write(said ? LogLevel::debug : level_of_change(entry.state, summary.state), name,
               line + tail,
               {{"state", to_string(summary.state)},
                {"code", summary.code()},
                {"in_a_row", std::uint64_t{summary.in_a_row}},
                {"events", events}});
    entry.state = summary.state;
    entry.code = summary.code();
    if (needs_a_person(summary.state)) entry.told.insert(entry.code);
  }
  // A stream may be refused for another reason than the one that stands for the connector.
  for (const auto& [stream, known] : entry.streams) {
    const auto& failure = known.status.failure;
    if (!needs_a_person(known.status.state) || !failure) continue;
    if (!entry.told.insert(failure->code).second) continue;
    log_.error(
        name,
        std::string{to_string(known.status.state)} + " (" + stream + "): " + failure->sentence(),
        {{"state", to_string(known.status.state)}, {"code", failure->code}, {"stream", stream}});
  }
  std::erase_if(entry.told, [&](const std::string& code) { return !grave.contains(code); });
}

void StatusBoard::delivered(const std::string& destination, std::uint64_t events,
                            std::uint64_t skipped, std::uint64_t bytes, Sequence next) {
  const std::lock_guard lock(mutex_);
  const auto found = destinations_.find(destination);
  if (found == destinations_.end()) return;
  auto& entry = *found->second;
  entry.status.delivered += events;
  entry.status.skipped += skipped;
  entry.status.delivered_bytes += bytes;
  entry.next = next;
  if (events > 0) {
    entry.active = clock_.steady();
    entry.rate.add(entry.active, events);
  }
  settle(destination, entry);
}

void StatusBoard::destination_state(const std::string& destination, State state,
                                    std::optional<Failure> failure, TimePoint until) {
  const std::lock_guard lock(mutex_);
  const auto found = destinations_.find(destination);
  if (found == destinations_.end()) return;
  auto& entry = *found->second;
  if (state == State::flowing && entry.status.state != State::flowing) {
    entry.active = clock_.steady();
  }
  entry.status.state = state;
  entry.status.failure = std::move(failure);
  entry.until = until;
  settle(destination, entry);
}

void StatusBoard::set_cursor(const std::string& destination, Sequence next, std::uint64_t delivered,
                             std::uint64_t skipped) {
  const std::lock_guard lock(mutex_);
  const auto found = destinations_.find(destination);
  if (found == destinations_.end()) return;
  found->second->next = next;
  found->second->status.delivered = delivered;
  found->second->status.skipped = skipped;
}

void StatusBoard::set_last_sequence(Sequence last) {
  const std::lock_guard lock(mutex_);
  last_sequence_ = std::max(last_sequence_, last);
}

void StatusBoard::settle(const std::string& name, DestinationEntry& entry) {
  const State state = entry.state_now(last_sequence_, clock_.steady());
  const std::string code = entry.status.failure ? entry.status.failure->code : std::string{};
  entry.status.words = state_words(state, entry.status.failure, entry.until, {});
  if (state == entry.state && code == entry.code) return;
  const TimePoint now = clock_.now();
  if (state != entry.state) entry.status.since = now;
  const std::string next = what_next(state, entry.status.failure, entry.until, now);
  const std::uint64_t backlog = entry.backlog(last_sequence_);
  log_.write(level_of_change(entry.state, state), name,
             entry.status.words + (next.empty() ? "" : "; " + next) + "; " +
                 std::to_string(backlog) + " events wait in the store",
             {{"state", to_string(state)}, {"code", code}, {"backlog", backlog}});
  entry.state = state;
  entry.code = code;
}

std::vector<ConnectorStatus> StatusBoard::connectors() const {
  const std::lock_guard lock(mutex_);
  const TimePoint now = clock_.now();
  const Duration steady = clock_.steady();
  std::vector<ConnectorStatus> result;
  result.reserve(connectors_.size());
  for (const auto& [name, entry] : connectors_) {
    const Summary summary = entry->summary(paused_, steady);
    ConnectorStatus status;
    status.name = name;
    status.type = entry->type;
    status.state = summary.state;
    status.words = state_words(summary.state, summary.failure, summary.until, summary.stream);
    status.since = entry->since;
    status.events_per_second = entry->rate.per_second(steady);
    status.through = entry->through();
    status.lost_reports = entry->lost;
    const TimePoint newest = entry->newest();
    if (newest != TimePoint{}) status.lag = std::max(Duration{0}, now - newest);
    for (const auto& [stream, known] : entry->streams) {
      status.events += known.status.events;
      status.duplicates += known.status.duplicates;
      status.streams.push_back(known.status);
      status.streams.back().state = state_now(known, steady);
    }
    result.push_back(std::move(status));
  }
  return result;
}

std::vector<DestinationStatus> StatusBoard::destinations() const {
  const std::lock_guard lock(mutex_);
  const Duration steady = clock_.steady();
  std::vector<DestinationStatus> result;
  result.reserve(destinations_.size());
  for (const auto& [name, entry] : destinations_) {
    DestinationStatus status = entry->status;
    status.state = entry->state_now(last_sequence_, steady);
    status.words = state_words(status.state, status.failure, entry->until, {});
    status.backlog = entry->backlog(last_sequence_);
    status.events_per_second = entry->rate.per_second(steady);
    result.push_back(std::move(status));
  }
  return result;
}

void StatusBoard::refresh() {
  const std::lock_guard lock(mutex_);
  for (auto& [name, entry] : connectors_)
    settle(name, *entry);
  for (auto& [name, entry] : destinations_)
    settle(name, *entry);
}

void StatusBoard::heartbeat() {
  for (const auto& status : connectors()) {
    const std::string lag = status.lag ? format_duration(*status.lag) : "unknown";
    std::string line = status.words + "; " + std::to_string(status.events) + " events, lag " + lag;
    log_.info(status.name, line,
              {{"state", to_string(status.state)},
               {"events", status.events},
               {"events_per_second", status.events_per_second},
               {"lag", lag}});
  }
}

}  // namespace cistern::runtime
