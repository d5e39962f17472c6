// One partition of the event stream, as the machine sees it. Values and small decisions.
#pragma once

#include "base/backoff.hpp"
#include "base/random.hpp"
#include "connectors/crowdstrike_falcon/error_table.hpp"
#include "connectors/crowdstrike_falcon/feed_cursor.hpp"
#include "connectors/crowdstrike_falcon/machine.hpp"
#include "connectors/crowdstrike_falcon/wire.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace cistern::connectors::crowdstrike_falcon {

/// eventCreationTime may go backwards between neighbours, by minutes at most as far as was seen.
inline constexpr Duration kOrderSlack = std::chrono::minutes{15};

/// Numbers that the vendor no longer keeps, until the first event behind them is seen.
struct ExpiredOffsets {
  std::uint64_t from = 0;  ///< The first that was never stored.
  Failure failure;
};

struct Feed {
  std::string key;        ///< In identities and cursors: the feed id, nearly always.
  std::string feed;       ///< As in the URL of the stream.
  std::string partition;  ///< As in the URL of the refresh.
  FeedCursor cursor;
  std::optional<TimePoint> began;      ///< Events created long before are none of ours.
  std::optional<std::uint64_t> floor;  ///< Smaller offsets are none of ours.
  std::optional<ExpiredOffsets> expired;

  enum class State : std::uint8_t { closed, opening, open, vanished };
  State state = State::closed;
  std::uint64_t stream = 0;  ///< Of the driver, while opening or open.
  StreamStart asked;
  std::optional<AnswerError> refusal;  ///< Of the opening under way.
  Duration asked_wait{0};              ///< By the vendor, with the refusal.
  TimePoint opened{};
  TimePoint retry_at{};       ///< While closed: not discovered for it before.
  unsigned short_lives = 0;   ///< Streams in a row that ended soon and brought next to nothing.
  std::uint64_t brought = 0;  ///< New events of the stream under way.
  unsigned failures = 0;      ///< Openings in a row that failed.
  unsigned missing = 0;       ///< Discoveries in a row that left it out.

  std::string refresh_url;
  Duration refresh_interval{0};
  TimePoint refresh_at{};
  TimePoint session_end{};  ///< Unless refreshed.
  std::uint64_t refresh_id = 0;
  bool refresh_renewed = false;  ///< The access token was renewed for it once.

  bool live = false;                       ///< At the end of the backlog.
  std::optional<TimePoint> first_seen;     ///< Beginning of what is proven.
  TimePoint through{};                     ///< Everything put into the feed before is read.
  std::optional<std::uint64_t> place;      ///< Last offset seen in this stream, stored or not.
  std::map<Identity, std::uint64_t> junk;  ///< Values without offset behind `place`, by content.

  [[nodiscard]] bool connected() const { return state == State::opening || state == State::open; }
};

/// Where the feed's next stream begins. `suspect`: the position may be another customer's, whose
/// offsets say nothing of this feed, so the oldest event is asked who it belongs to.
StreamStart start_of(const Feed& feed, const MachineOptions& options, bool suspect);

/// 90 % of the interval, and at least 15 s unless the interval itself is shorter.
Duration refresh_delay(Duration interval);

/// Whether a stream was worth opening: it lived for a minute, or brought more than the few events
/// that our own connects cause.
bool was_sound(const Feed& feed, TimePoint now);

/// Before the streams are discovered again after an end. Each opening and closing writes events
/// into the very stream, so a loop of reconnects would feed itself: streams that end soon without
/// having brought much are reopened ever more slowly.
Duration reconnect_delay(const Feed& feed, Duration least, Random& random);

/// Growing delays after answers that failed: 2 s to 60 s.
inline constexpr Backoff kFailureBackoff{.first = std::chrono::seconds{2},
                                         .most = std::chrono::seconds{60}};

}  // namespace cistern::connectors::crowdstrike_falcon
