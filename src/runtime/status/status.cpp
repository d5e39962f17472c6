#include "runtime/status/status.hpp"

#include "runtime/status/status_entries.hpp"
#include "runtime/status/status_words.hpp"

#include <algorithm>

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

void StatusBoard::remove_connector(const std::string& name) {
  const std::lock_guard lock(mutex_);
  connectors_.erase(name);
}

void StatusBoard::remove_destination(const std::string& name) {
  const std::lock_guard lock(mutex_);
  destinations_.erase(name);
}

void StatusBoard::add_stream(const std::string& connector, const std::string& stream) {
  const std::lock_guard lock(mutex_);
  const auto found = connectors_.find(connector);
  if (found != connectors_.end()) give_rhythm(connector, found->second->stream(stream));
}

// One that is not named speaks for the connector as a whole, and has no rhythm of its own.
void StatusBoard::give_rhythm(const std::string& connector, StreamEntry& stream) {
  if (stream.rhythm != nullptr || stream.status.stream.empty()) return;
  auto& learned = rhythms_[connector][stream.status.stream];
  if (!learned) learned = std::make_shared<LearnedRhythm>();
  stream.rhythm = &learned->rhythm;
  stream.arrived_at = &learned->arrived;
}

void StatusBoard::request_failed(const std::string& connector, const std::string& code) {
  const std::lock_guard lock(mutex_);
  const auto found = connectors_.find(connector);
  if (found == connectors_.end()) return;
  auto& counts = found->second->failed_requests;
  // Codes are ours and few; the bound keeps a metric from growing if one ever is not.
  constexpr std::size_t kMostCodes = 64;
  if (counts.size() < kMostCodes || counts.contains(code)) ++counts[code];
}

void StatusBoard::reading(const std::string& connector, const StreamFacts& facts) {
  const std::lock_guard lock(mutex_);
  const auto found = connectors_.find(connector);
  if (found != connectors_.end()) found->second->reading = facts;
}

void StatusBoard::listening(const std::string& connector, ListenFacts facts) {
  const std::lock_guard lock(mutex_);
  const auto found = connectors_.find(connector);
  if (found != connectors_.end()) found->second->listening = std::move(facts);
}

void StatusBoard::deriving(const std::string& connector, DeriverFacts facts) {
  const std::lock_guard lock(mutex_);
  const auto found = connectors_.find(connector);
  if (found != connectors_.end()) found->second->deriving = std::move(facts);
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
  if (report.kind == Report::Kind::credential) {
    entry.credential_expires = report.until;
    return;
  }
  const auto state = reported_state(report.kind);
  if (!state) {
    const auto level = report.failure.next_step.empty() ? LogLevel::info : LogLevel::warning;
    entry.note(report.failure);
    log_.write(level, connector, report.failure.sentence(),
               {{"stream", report.stream}, {"code", report.failure.code}});
    return;
  }
  const Duration steady = clock_.steady();
  if (!report.stream.empty()) entry.forget_placeholder();
  if (!report.stream.empty() || entry.streams.empty()) {
    auto& known = entry.stream(report.stream);
    give_rhythm(connector, known);
    apply(known, *state, report, steady);
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
  give_rhythm(connector, known);
  known.status.duplicates += duplicates;
  if (events == 0) return;
  known.status.events += events;
  known.status.newest_event = std::max(known.status.newest_event, newest_event);
  known.status.last_event_at = clock_.now();
  known.active = clock_.steady();
  note_arrival(known, known.active, clock_.now());
  if (known.status.state == State::starting) known.status.state = State::flowing;
  entry.rate.add(known.active, events);
  settle(connector, entry);
}

void StatusBoard::delayed(const std::string& connector, Duration longest) {
  const std::lock_guard lock(mutex_);
  const auto found = connectors_.find(connector);
  if (found != connectors_.end()) found->second->delay = longest;
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

void StatusBoard::set_aside(const std::string& destination, std::uint64_t events) {
  const std::lock_guard lock(mutex_);
  const auto found = destinations_.find(destination);
  if (found != destinations_.end()) found->second->status.set_aside += events;
}

void StatusBoard::set_set_aside(const std::string& destination, std::uint64_t events) {
  const std::lock_guard lock(mutex_);
  const auto found = destinations_.find(destination);
  if (found != destinations_.end()) found->second->status.set_aside = events;
}

void StatusBoard::drifted(const std::string& destination, const std::vector<MappingDrift>& drift) {
  const std::lock_guard lock(mutex_);
  const auto found = destinations_.find(destination);
  if (found == destinations_.end()) return;
  for (const auto& one : drift)
    add_drift(found->second->status.drift, one);
}

void StatusBoard::delivery_stalled(const std::string& destination, const Failure& failure) {
  const std::lock_guard lock(mutex_);
  const auto found = destinations_.find(destination);
  if (found == destinations_.end()) return;
  found->second->stalled = failure;
  settle(destination, *found->second);
}

void StatusBoard::delivery_moving(const std::string& destination) {
  const std::lock_guard lock(mutex_);
  const auto found = destinations_.find(destination);
  if (found == destinations_.end() || !found->second->stalled) return;
  found->second->stalled.reset();
  settle(destination, *found->second);
}

void StatusBoard::set_last_sequence(Sequence last) {
  const std::lock_guard lock(mutex_);
  last_sequence_ = std::max(last_sequence_, last);
}

void StatusBoard::set_stalled_stages(std::vector<StalledStage> stages) {
  const std::lock_guard lock(mutex_);
  const auto stands = [](const std::vector<StalledStage>& all, const std::string& stage) {
    return std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.stage == stage; });
  };
  for (const auto& one : stages) {
    if (stands(stages_, one.stage)) continue;
    log_.error("watchdog", one.failure.sentence(),
               {{"stage", one.stage}, {"code", one.failure.code}});
  }
  for (const auto& one : stages_) {
    if (!stands(stages, one.stage)) {
      log_.info("watchdog", one.stage + " moves again", {{"stage", one.stage}});
    }
  }
  stages_ = std::move(stages);
}

}  // namespace cistern::runtime
