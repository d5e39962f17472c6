// What the status board tells others.
#include "base/bytes.hpp"
#include "runtime/status/status.hpp"
#include "runtime/status/status_entries.hpp"
#include "runtime/status/status_words.hpp"

#include <algorithm>

namespace cistern::runtime {
namespace {

// Names in the file of rhythms stand between tabs.
bool plain(std::string_view name) {
  return name.find_first_of("\t\n\r") == std::string_view::npos;
}

std::string_view next_field(std::string_view& line) {
  const auto tab = line.find('\t');
  const std::string_view field = line.substr(0, tab);
  line.remove_prefix(tab == std::string_view::npos ? line.size() : tab + 1);
  return field;
}

}  // namespace

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
    status.words = summary.words();
    status.since = entry->since;
    status.events_per_second = entry->rate.per_second(steady);
    status.through = entry->through();
    status.lost_reports = entry->lost;
    status.failed_requests = entry->failed_requests;
    status.reading = entry->reading;
    status.listening = entry->listening;
    status.deriving = entry->deriving;
    status.delay = entry->delay;
    status.credential_expires = entry->credential_expires;
    for (const auto& [code, notice] : entry->notices)
      status.notices.push_back(notice);
    const TimePoint newest = entry->newest();
    if (newest != TimePoint{}) status.lag = std::max(Duration{0}, now - newest);
    for (const auto& [stream, known] : entry->streams) {
      status.events += known.status.events;
      status.duplicates += known.status.duplicates;
      status.streams.push_back(known.status);
      Standing standing = standing_of(known, steady);
      auto& stream_status = status.streams.back();
      stream_status.state = standing.state;
      stream_status.failure = std::move(standing.failure);
      stream_status.until = standing.until;
      stream_status.rhythm_known = known.judgement.known;
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
    auto [state, failure, until] = entry->standing(last_sequence_, steady);
    status.reported = entry->status.state;
    status.state = state;
    status.words = state_words(state, failure, until, {});
    status.failure = std::move(failure);
    status.backlog = entry->backlog(last_sequence_);
    status.events_per_second = entry->rate.per_second(steady);
    result.push_back(std::move(status));
  }
  return result;
}

void StatusBoard::refresh() {
  const std::lock_guard lock(mutex_);
  for (auto& [name, entry] : connectors_) {
    for (auto& [stream, known] : entry->streams)
      judge_silence(known, clock_.steady(), clock_.now());
    settle(name, *entry);
  }
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

std::vector<StalledStage> StatusBoard::stalled_stages() const {
  const std::lock_guard lock(mutex_);
  return stages_;
}

std::string StatusBoard::rhythms() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [connector, streams] : rhythms_) {
    for (const auto& [stream, learned] : streams) {
      if (!plain(connector) || !plain(stream)) continue;
      text.append(connector).append("\t").append(stream).append("\t");
      text.append(format_time(learned->arrived)).append("\t");
      text.append(learned->rhythm.text()).append("\n");
    }
  }
  return text;
}

std::size_t StatusBoard::restore_rhythms(std::string_view lines) {
  const std::lock_guard lock(mutex_);
  std::size_t unreadable = 0;
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    const std::string connector{next_field(line)};
    const std::string stream{next_field(line)};
    const auto arrived = parse_time(next_field(line));
    auto rhythm = Rhythm::from_text(line);
    if (connector.empty() || stream.empty() || !arrived || !rhythm) {
      ++unreadable;
      continue;
    }
    auto& learned = rhythms_[connector][stream];
    learned = std::make_shared<LearnedRhythm>(LearnedRhythm{std::move(*rhythm), *arrived});
  }
  return unreadable;
}

}  // namespace cistern::runtime
