#include "runtime/status_entries.hpp"

#include <algorithm>

namespace cistern::runtime {
namespace {

constexpr Duration kQuietAfter = std::chrono::minutes{2};
constexpr std::size_t kMaxStreams = 256;

bool is_trouble(State state) {
  return gravity(state) >= gravity(State::retrying);
}

}  // namespace

State state_now(const StreamEntry& stream, Duration steady) {
  if (stream.status.state != State::flowing) return stream.status.state;
  return steady - stream.active >= kQuietAfter ? State::quiet : State::flowing;
}

std::optional<State> reported_state(Report::Kind kind) {
  switch (kind) {
    case Report::Kind::working:
      return State::flowing;
    case Report::Kind::catching_up:
      return State::catching_up;
    case Report::Kind::throttled:
      return State::throttled;
    case Report::Kind::retrying:
      return State::retrying;
    case Report::Kind::refused:
      return State::refused;
    case Report::Kind::stopped:
      return State::stopped;
    case Report::Kind::lost:
    case Report::Kind::notice:
      return std::nullopt;
  }
  return std::nullopt;
}

bool needs_a_person(State state) {
  return state == State::stopped || state == State::refused;
}

void apply(StreamEntry& stream, State state, const Report& report, Duration steady) {
  if (state == State::flowing && stream.status.state != State::flowing) stream.active = steady;
  stream.in_a_row = is_trouble(state) ? stream.in_a_row + 1 : 0;
  stream.status.state = state;
  stream.status.until = report.until;
  if (report.through != TimePoint{}) stream.status.through = report.through;
  if (is_trouble(state)) {
    stream.status.failure = report.failure;
  } else {
    stream.status.failure.reset();
  }
}

StreamEntry& StatusBoard::ConnectorEntry::stream(std::string_view name) {
  const auto known = streams.find(name);
  if (known != streams.end()) return known->second;
  const std::string_view kept = streams.size() < kMaxStreams ? name : std::string_view{};
  auto& made = streams[std::string{kept}];
  made.status.stream = kept;
  return made;
}

void StatusBoard::ConnectorEntry::forget_placeholder() {
  const auto whole = streams.find(std::string_view{});
  if (whole != streams.end() && whole->second.status.events == 0) streams.erase(whole);
}

TimePoint StatusBoard::ConnectorEntry::newest() const {
  TimePoint newest{};
  for (const auto& [name, stream] : streams)
    newest = std::max(newest, stream.status.newest_event);
  return newest;
}

// Complete up to then means every stream; only one that was stopped before it read anything (a
// content type without its permission) cannot hold the others back for ever.
TimePoint StatusBoard::ConnectorEntry::through() const {
  std::optional<TimePoint> least;
  for (const auto& [name, stream] : streams) {
    const TimePoint through = stream.status.through;
    if (through == TimePoint{} && (stream.status.state == State::stopped || name.empty())) continue;
    least = least ? std::min(*least, through) : through;
  }
  return least.value_or(TimePoint{});
}

Summary StatusBoard::ConnectorEntry::summary(const std::optional<Failure>& paused,
                                             Duration steady) const {
  Summary result;
  const StreamEntry* gravest = nullptr;
  std::size_t sharing = 0;
  for (const auto& [name, stream] : streams) {
    const State state = state_now(stream, steady);
    if (gravest == nullptr || gravity(state) > gravity(result.state)) {
      gravest = &stream;
      result.state = state;
      sharing = 0;
    }
    if (state == result.state) ++sharing;
  }
  if (gravest != nullptr) {
    result.failure = gravest->status.failure;
    result.until = gravest->status.until;
    result.in_a_row = gravest->in_a_row;
    if (sharing < streams.size()) result.stream = gravest->status.stream;
  }
  const auto override_with = [&](State state, const Failure& failure) {
    if (gravity(state) <= gravity(result.state)) return;
    result = Summary{.state = state, .failure = failure, .until = {}, .stream = {}, .in_a_row = 1};
  };
  if (stalled) override_with(State::retrying, *stalled);
  if (paused) override_with(State::paused, *paused);
  return result;
}

State StatusBoard::DestinationEntry::state_now(Sequence last, Duration steady) const {
  if (status.state != State::flowing) return status.state;
  return backlog(last) == 0 && steady - active >= kQuietAfter ? State::quiet : State::flowing;
}

}  // namespace cistern::runtime
