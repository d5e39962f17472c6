// One partition's feed: its own events in their order, and between them those that requests to the
// vendor gave rise to (streams that started and stopped, and what a test planted).
//
// An added event stands behind everything that was readable when it was added, and moves the
// numbers of what comes later. Only the added ones have to be remembered.
#pragma once

#include "lab/crowdstrike_falcon/feed_schedule.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cistern::lab {

enum class AddedKind : std::uint8_t { stream_started, stream_stopped, large };

struct AddedEvent {
  AddedKind kind = AddedKind::stream_started;
  std::uint64_t after = 0;  ///< How many of the feed's own events come before it.
  TimePoint time{};
  std::string app_id{};
  std::string client_id{};
  std::string asked{};      ///< The offset that the stream was asked for; empty: none.
  std::string filter{};     ///< The event types that the stream was asked for; empty: all.
  std::uint64_t bytes = 0;  ///< Of a large event.
};

/// A place between two events: so many of the feed's own and so many added ones lie before it.
struct FeedCursor {
  std::uint64_t own = 0;
  std::uint64_t added = 0;
  friend bool operator==(const FeedCursor&, const FeedCursor&) = default;
};

/// Events that were gone when a collector asked for them.
struct FeedGap {
  std::uint64_t from = 0;  ///< Offsets of the first and the last one.
  std::uint64_t to = 0;
  std::uint64_t events = 0;
  TimePoint noticed{};
};

/// What collectors have asked of a feed; decides what they are owed.
struct FeedDemand {
  std::optional<std::uint64_t> first;  ///< Lowest offset from which anybody read.
  std::uint64_t asked = 0;  ///< Highest offset anybody resumed at: he holds what is below.
  std::vector<FeedGap> gaps;
  /// The event types that every stream was open for; nothing: all types.
  std::optional<std::set<std::string>> types;
};

/// What a lab has to keep of a feed.
struct FeedRow {
  unsigned customer = 1;
  unsigned partition = 0;
  std::vector<AddedEvent> added;
  FeedCursor floor;
  FeedDemand demand;
};

/// Not for several threads at a time; see Feeds.
class Feed {
 public:
  Feed(unsigned customer, unsigned partition, const FeedPace& pace);

  [[nodiscard]] const FeedSchedule& schedule() const { return schedule_; }
  [[nodiscard]] const FeedRow& row() const { return row_; }
  /// What an earlier lab kept.
  void restore(FeedRow row) { row_ = std::move(row); }

  /// Behind everything that is readable at that moment.
  [[nodiscard]] FeedCursor end(TimePoint when) const;
  /// The oldest event that is still kept.
  [[nodiscard]] FeedCursor oldest() const { return row_.floor; }
  /// The first event with at least this offset.
  [[nodiscard]] FeedCursor at(std::uint64_t offset) const;
  /// `back` events before the cursor, but not before the oldest one.
  [[nodiscard]] FeedCursor before(FeedCursor cursor, std::uint64_t back) const;
  /// Offset of the event behind the cursor, whether it is readable yet or not.
  [[nodiscard]] std::uint64_t offset_at(FeedCursor cursor) const;
  [[nodiscard]] std::uint64_t added_offset(std::uint64_t index) const;
  /// Whether the event behind the cursor is an added one.
  [[nodiscard]] bool is_added(FeedCursor cursor) const;
  /// One event on.
  [[nodiscard]] FeedCursor next(FeedCursor cursor) const;

  void add(AddedEvent event, TimePoint when);
  /// Forgets events before the cursor; never takes back what was forgotten.
  void expire(FeedCursor before);
  /// The events above the offset that are no longer kept; nothing when there are none.
  [[nodiscard]] std::optional<FeedGap> expired_above(std::uint64_t offset) const;
  FeedDemand& demand() { return row_.demand; }

 private:
  [[nodiscard]] std::uint64_t added_before_own(std::uint64_t own) const;
  [[nodiscard]] FeedCursor one_before(FeedCursor cursor) const;
  [[nodiscard]] std::uint64_t own_offset(std::uint64_t own) const;

  const FeedSchedule schedule_;
  FeedRow row_;
};

}  // namespace cistern::lab
