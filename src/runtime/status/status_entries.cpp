#include "runtime/status/status_entries.hpp"

#include <algorithm>

namespace cistern::runtime {
namespace {

constexpr Duration kQuietAfter = std::chrono::minutes{2};
constexpr std::size_t kMaxStreams = 256;
constexpr std::size_t kMaxNames = 32;

constexpr Duration kNoAnswer = std::chrono::minutes{15};
constexpr Duration kJudgeEvery = std::chrono::seconds{15};

bool is_trouble(State state) {
  return gravity(state) >= gravity(State::retrying);
}

Duration whole(Duration duration) {
  return std::chrono::floor<std::chrono::seconds>(duration);
}

void add_names(std::vector<std::string>& names, const std::vector<std::string>& more) {
  for (const auto& name : more) {
    if (names.size() >= kMaxNames) break;
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
}

Failure no_sound_answer(Duration silent) {
  return {.verdict = Verdict::retry,
          .code = "runtime/no-sound-answer",
          .cause = "the vendor has not answered soundly for " + format_duration(whole(silent)),
          .consequence = "nothing new is seen, and that there is nothing new is not proven",
          .next_step = "run `cistern doctor` for this connector"};
}

Failure unusual_silence(const StreamEntry& stream, Duration steady) {
  const auto& judgement = stream.judgement;
  return {
      .verdict = Verdict::retry,
      .code = "runtime/unusually-quiet",
      .cause = "since " + format_time_seconds(judgement.since) +
               "Z nothing has come, though at "
               "this hour usually at most " +
               format_duration(judgement.usual_most) + " pass; the vendor answered soundly " +
               format_duration(whole(steady - stream.sound.value_or(steady))) +
               " ago and had nothing new",
      .consequence = "nothing is lost here; the vendor may have ceased to record or to offer it",
      .next_step =
          "run `cistern doctor` for this connector; when it finds nothing, look in the "
          "vendor's portal whether newer events are shown there"};
}

}  // namespace

Standing standing_of(const StreamEntry& stream, Duration steady) {
  const StreamStatus& status = stream.status;
  if (status.state != State::flowing) return {status.state, status.failure, status.until};
  if (stream.sound && stream.sound_every > Duration{0}) {
    const Duration silent = steady - *stream.sound;
    if (silent >= std::max<Duration>(kNoAnswer, stream.sound_every * 4)) {
      return {State::retrying, no_sound_answer(silent), {}};
    }
  }
  if (steady - stream.active < kQuietAfter) return {State::flowing, std::nullopt, {}};
  if (!stream.judgement.unusual) return {State::quiet, std::nullopt, {}};
  return {State::unusually_quiet, unusual_silence(stream, steady), {}};
}

void note_arrival(StreamEntry& stream, Duration steady, TimePoint now) {
  const bool own = !stream.interrupted && stream.arrived && stream.status.state == State::flowing;
  // The steady clock measures the pause: a clock that is set must not teach a day of silence.
  if (own && stream.rhythm != nullptr) stream.rhythm->learn(now, steady - *stream.arrived);
  stream.arrived = steady;
  if (stream.arrived_at != nullptr) *stream.arrived_at = now;
  stream.interrupted = stream.status.state != State::flowing;
  stream.judgement.unusual = false;
  stream.judged = steady;
}

void judge_silence(StreamEntry& stream, Duration steady, TimePoint now) {
  if (stream.rhythm == nullptr || stream.status.state != State::flowing) return;
  if (steady - stream.active < kQuietAfter) return;
  if (stream.judged != Duration{0} && steady - stream.judged < kJudgeEvery) return;
  stream.judged = steady;
  Duration silent = steady - stream.active;
  if (stream.arrived) {
    silent = steady - *stream.arrived;
  } else if (stream.arrived_at != nullptr && *stream.arrived_at != TimePoint{}) {
    silent = std::max(silent, now - *stream.arrived_at);
  }
  stream.judgement = stream.rhythm->judge(now, silent);
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
    case Report::Kind::denied:
      return State::denied;
    case Report::Kind::stopped:
      return State::stopped;
    case Report::Kind::lost:
    case Report::Kind::notice:
    case Report::Kind::credential:
      return std::nullopt;
  }
  return std::nullopt;
}

void StatusBoard::ConnectorEntry::note(const Failure& notice) {
  constexpr std::size_t kMost = 16;
  if (notice.code.empty()) return;
  if (notice.next_step.empty()) {
    notices.erase(notice.code);
  } else if (notices.size() < kMost || notices.contains(notice.code)) {
    notices.insert_or_assign(notice.code, notice);
  }
}

bool needs_a_person(State state) {
  return state == State::stopped || state == State::refused || state == State::denied;
}

void apply(StreamEntry& stream, State state, const Report& report, Duration steady) {
  if (state == State::flowing && stream.status.state != State::flowing) stream.active = steady;
  stream.in_a_row = is_trouble(state) ? stream.in_a_row + 1 : 0;
  if (state != State::flowing) stream.interrupted = true;
  if (!is_trouble(state)) {
    if (stream.sound) stream.sound_every = steady - *stream.sound;
    stream.sound = steady;
  } else {
    stream.sound.reset();
  }
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
    Standing standing = standing_of(stream, steady);
    result.rhythm_known = result.rhythm_known && stream.judgement.known;
    if (gravest == nullptr || gravity(standing.state) > gravity(result.state)) {
      gravest = &stream;
      result.state = standing.state;
      result.failure = std::move(standing.failure);
      result.until = standing.until;
      sharing = 0;
    }
    if (standing.state == result.state) ++sharing;
  }
  if (gravest != nullptr) {
    result.in_a_row = gravest->in_a_row;
    if (sharing < streams.size()) result.stream = gravest->status.stream;
  }
  const auto override_with = [&](State state, const Failure& failure) {
    if (gravity(state) <= gravity(result.state)) return;
    result = Summary{.state = state,
                     .failure = failure,
                     .until = {},
                     .stream = {},
                     .in_a_row = 1,
                     .rhythm_known = result.rhythm_known};
  };
  if (stalled) override_with(State::retrying, *stalled);
  if (paused) override_with(State::paused, *paused);
  return result;
}

Standing StatusBoard::DestinationEntry::standing(Sequence last, Duration steady) const {
  if (status.state != State::flowing && gravity(status.state) >= gravity(State::retrying)) {
    return {status.state, status.failure, until};
  }
  if (stalled) return {State::retrying, stalled, {}};
  if (status.state != State::flowing) return {status.state, status.failure, until};
  const bool quiet = backlog(last) == 0 && steady - active >= kQuietAfter;
  return {quiet ? State::quiet : State::flowing, std::nullopt, {}};
}

void add_drift(std::vector<MappingDrift>& rows, const MappingDrift& more) {
  auto row = std::find_if(rows.begin(), rows.end(), [&](const MappingDrift& one) {
    return one.connector == more.connector && one.stream == more.stream;
  });
  if (row == rows.end()) {
    if (rows.size() >= kMaxStreams) return;
    rows.push_back({.connector = more.connector, .stream = more.stream, .names = {}});
    row = rows.end() - 1;
  }
  row->unknown_fields += more.unknown_fields;
  row->wrong_types += more.wrong_types;
  row->cut_values += more.cut_values;
  row->mended_values += more.mended_values;
  add_names(row->names, more.names);
  add_names(row->format_keys, more.format_keys);
}

std::string Summary::words() const {
  if (state == State::quiet) return rhythm_known ? "quiet as usual" : "quiet (rhythm unknown)";
  return state_words(state, failure, until, stream);
}

}  // namespace cistern::runtime
