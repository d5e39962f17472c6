// What the status board keeps of each component; status.cpp is the only user.
#pragma once

#include "runtime/status/rate_meter.hpp"
#include "runtime/status/status.hpp"
#include "runtime/status/status_words.hpp"
#include "runtime/watch/rhythm.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>

namespace cistern::runtime {

/// A stream's rhythm and when it last stored anything, as they survive restarts and exchanges.
struct StatusBoard::LearnedRhythm {
  Rhythm rhythm;
  TimePoint arrived{};  ///< Of the last arrival; epoch: none.
};

struct StreamEntry {
  StreamStatus status;    ///< `state` holds what was reported, not yet what time makes of it.
  unsigned in_a_row = 0;  ///< Reports of trouble since the last sound one.
  Duration active{0};     ///< Steady time of the last store, or of the change to flowing.

  Rhythm* rhythm = nullptr;         ///< Kept by the board.
  TimePoint* arrived_at = nullptr;  ///< Likewise: of the last arrival, also before a restart.
  std::optional<Duration> arrived;  ///< Steady time of the last arrival in this process.
  bool interrupted = true;          ///< The pause under way is not the stream's own.
  std::optional<Duration> sound;    ///< Steady time of the last sound report.
  Duration sound_every{0};          ///< Between the last two.
  Duration judged{0};               ///< When the silence was judged last.
  Rhythm::Judgement judgement;      ///< What came out.
};

/// What time makes of a stream's reported state.
struct Standing {
  State state = State::starting;
  std::optional<Failure> failure;
  TimePoint until{};
};
Standing standing_of(const StreamEntry& stream, Duration steady);

/// Something was stored: learns the pause before it, where that was the stream's own.
void note_arrival(StreamEntry& stream, Duration steady, TimePoint now);

/// Judges the silence of a stream that flows; not more often than needed.
void judge_silence(StreamEntry& stream, Duration steady, TimePoint now);

/// The state that a report means; nothing for those that change none.
std::optional<State> reported_state(Report::Kind kind);

/// Takes a report over into the stream.
void apply(StreamEntry& stream, State state, const Report& report, Duration steady);

/// Adds to the row of the same connector and stream; at most 256 rows.
void add_drift(std::vector<MappingDrift>& rows, const MappingDrift& more);

/// Whether it goes on only after somebody did something.
bool needs_a_person(State state);

/// A fact about the whole connector, made of the facts about its streams.
struct Summary {
  State state = State::starting;
  std::optional<Failure> failure;
  TimePoint until{};
  std::string stream;  ///< Named when not all streams share the state.
  unsigned in_a_row = 0;
  bool rhythm_known = true;  ///< Of all streams.

  [[nodiscard]] std::string words() const;
  [[nodiscard]] std::string code() const { return failure ? failure->code : std::string{}; }
};

struct StatusBoard::ConnectorEntry {
  std::string type;
  std::map<std::string, StreamEntry, std::less<>> streams;
  std::optional<Failure> stalled;
  std::uint64_t lost = 0;
  std::map<std::string, std::uint64_t, std::less<>> failed_requests;
  std::optional<StreamFacts> reading;
  std::optional<ListenFacts> listening;
  std::optional<DeriverFacts> deriving;
  std::map<std::string, Failure, std::less<>> notices;  ///< By code.
  TimePoint credential_expires{};
  Duration delay{0};
  RateMeter rate;
  TimePoint since{};
  State state = State::starting;  ///< When last settled, as are words and code.
  std::string words{to_string(State::starting)};
  std::string code;
  std::set<std::string> told;  ///< Codes of refused and stopped streams that were logged.

  /// The stream's entry, made when it is new; beyond the bound the one of the whole connector.
  StreamEntry& stream(std::string_view name);
  /// Lets the notice stand, or ends the one of its code.
  void note(const Failure& notice);
  /// What was said of the whole connector before it had streams gives way to what is said of them.
  void forget_placeholder();
  [[nodiscard]] TimePoint newest() const;
  [[nodiscard]] TimePoint through() const;
  [[nodiscard]] Summary summary(const std::optional<Failure>& paused, Duration steady) const;
};

struct StatusBoard::DestinationEntry {
  DestinationStatus status;
  Sequence next = 0;  ///< 0: not known yet.
  TimePoint until{};
  RateMeter rate;
  Duration active{0};
  State state = State::starting;  ///< When last settled.
  std::string code;
  std::optional<Failure> stalled;

  [[nodiscard]] std::uint64_t backlog(Sequence last) const {
    return next == 0 || next > last ? 0 : last - next + 1;
  }
  [[nodiscard]] Standing standing(Sequence last, Duration steady) const;
};

}  // namespace cistern::runtime
