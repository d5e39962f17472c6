// How a change of state is noticed and said once.
#include "runtime/status/status.hpp"
#include "runtime/status/status_entries.hpp"
#include "runtime/status/status_words.hpp"

#include <set>

namespace cistern::runtime {

// The one place where a connector's state changes hands: compares with what was last said, and says
// what is new.
void StatusBoard::settle(const std::string& name, ConnectorEntry& entry) {
  const TimePoint now = clock_.now();
  const Summary summary = entry.summary(paused_, clock_.steady());
  entry.words = summary.words();
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

void StatusBoard::settle(const std::string& name, DestinationEntry& entry) {
  const auto [state, failure, until] = entry.standing(last_sequence_, clock_.steady());
  const std::string code = failure ? failure->code : std::string{};
  entry.status.words = state_words(state, failure, until, {});
  if (state == entry.state && code == entry.code) return;
  const TimePoint now = clock_.now();
  if (state != entry.state) entry.status.since = now;
  const std::string next = what_next(state, failure, until, now);
  const std::uint64_t backlog = entry.backlog(last_sequence_);
  log_.write(level_of_change(entry.state, state), name,
             entry.status.words + (next.empty() ? "" : "; " + next) + "; " +
                 std::to_string(backlog) + " events wait in the store",
             {{"state", to_string(state)}, {"code", code}, {"backlog", backlog}});
  entry.state = state;
  entry.code = code;
}

}  // namespace cistern::runtime
