// One event's way through the store, as the log itself tells it.
#pragma once

#include "base/files.hpp"
#include "journal/journal.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cistern::journal {

/// The commit that made an event durable.
struct CommitPlace {
  std::uint64_t group = 0;
  std::string segment;  ///< The file's name.
  TimePoint written{};  ///< When the group was closed; durable with the next sync, moments later.
  Sequence first = 0;   ///< Events of the group.
  Sequence last = 0;
  std::vector<LedgerRow> coverage;  ///< What the event's connector told the ledger in this group.
};

/// When a reader's cursor passed an event.
struct Passing {
  enum class How : std::uint8_t {
    moved,   ///< The move stands in the log: durable at `at`.
    by,      ///< The move is lost with damage; a later snapshot shows it done: `at` or before.
    behind,  ///< The reader began behind the event and never had it.
  };
  std::string reader;
  How how = How::moved;
  TimePoint at{};
};

struct EventWay {
  std::optional<CommitPlace> commit;  ///< Empty when its control frame is damaged.
  std::vector<Passing> passings;      ///< In order of time.
};

/// Reads control frames from the event's segment on until each of `readers` has passed the event.
///
/// Every cursor move stands in a control frame with its time, and retention removes the oldest
/// segments first: while an event is in the store, so are all moves behind it. Nothing has to be
/// kept beside the log, and nothing of the answer is ever thinned out. The cost is one frame a
/// group, without its events; a reader that has not passed should not be asked for, because looking
/// for it reads to the end. A move may be durable some seconds later than the peer confirmed.
Result<EventWay> event_way(const std::string& store, Files& files, Sequence sequence,
                           const std::string& connector, const std::vector<std::string>& readers);

}  // namespace cistern::journal
