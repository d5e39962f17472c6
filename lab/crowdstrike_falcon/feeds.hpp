// All feeds of all customers, and what has to outlive the lab of each.
#pragma once

#include "base/result.hpp"
#include "lab/crowdstrike_falcon/feed.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

struct FeedsOptions {
  std::uint64_t seed = 1;
  unsigned customers = 1;
  unsigned partitions = 2;
  TimePoint start{};
  Duration history{0};
  double history_per_hour = 0;  ///< Of a customer; the quiet partition has a fiftieth of it.
  double live_per_second = 0;
};

/// The last path segment of a partition's `dataFeedURL`. Not the number of the partition: a client
/// that takes one for the other is found out.
std::string feed_id_of(unsigned partition);

/// What a stream was asked for.
struct FeedAsk {
  enum class From : std::uint8_t { oldest, offset, newest };
  From from = From::oldest;
  std::uint64_t offset = 0;
  bool inclusive = true;        ///< The event with this very offset comes as well.
  std::uint64_t rewind = 0;     ///< So many events before it come again.
  std::set<std::string> types;  ///< Empty: all.
  std::string app_id;
  std::string client_id;
  std::string asked_words;   ///< The offset as it was written; for the audit event.
  std::string filter_words;  ///< The types as they were written.
};

/// What a reader may take from a feed at a moment.
struct FeedWindow {
  std::uint64_t own_end = 0;
  std::vector<AddedEvent> added;  ///< From the cursor's on.
  std::vector<std::string>
      lines;  ///< Planted lines that are no events, from the reader's place on.
};

/// Safe to call from any thread.
class Feeds {
 public:
  /// Called with all rows when one has changed, before anybody sees the change. A failure undoes
  /// it.
  using Keep = std::function<Status(const std::vector<FeedRow>&)>;
  /// `visible_until` tells up to when content has become readable, `frozen` whether none comes any
  /// more; then nothing is added either.
  Feeds(const FeedsOptions& options, std::function<TimePoint()> visible_until,
        std::function<bool()> frozen, Keep keep);

  void restore(const std::vector<FeedRow>& rows);
  [[nodiscard]] unsigned partitions() const { return options_.partitions; }
  [[nodiscard]] std::optional<unsigned> partition_of(std::string_view feed_id) const;

  struct Opened {
    std::optional<FeedGap> gap;  ///< Set: what was asked for is gone, and nothing was opened.
    FeedCursor cursor;
    std::size_t lines = 0;
  };
  /// Opens a stream at a place and, if `audited`, puts the vendor's event of that on the feed.
  Result<Opened> open(unsigned customer, unsigned partition, const FeedAsk& ask, bool audited);
  /// The audit event of a stream's end.
  void stopped(unsigned customer, unsigned partition, const FeedAsk& ask);
  [[nodiscard]] FeedWindow window(unsigned customer, unsigned partition, FeedCursor cursor,
                                  std::size_t lines);

  /// Fixed once and for all, so that readers need no lock.
  [[nodiscard]] const FeedSchedule& schedule(unsigned customer, unsigned partition) const;

  Status add_large(unsigned customer, unsigned partition, std::uint64_t bytes);
  /// Everything readable by now is no longer kept.
  Status expire(unsigned customer, unsigned partition);
  /// Events older than this are no longer kept; 0: all are. Not remembered by itself.
  void keep_for(unsigned customer, Duration retention);
  /// A line that is no event; every stream that is open now says it once.
  Status plant_line(unsigned customer, unsigned partition, std::string line);

  /// Copies, to read from without holding anybody up.
  [[nodiscard]] std::vector<Feed> snapshot() const;
  [[nodiscard]] std::vector<std::string> planted_lines() const;
  [[nodiscard]] TimePoint visible_until() const;

 private:
  struct Held {
    Feed feed;
    Duration retention{0};
    TimePoint horizon{};  // Time does not go back for readers, whatever the clock does.
    std::vector<std::string> lines;
  };
  Held& held(unsigned customer, unsigned partition);
  TimePoint advance(Held& held);
  Status keep_all() const;
  Status add(Held& held, AddedEvent event);
  [[nodiscard]] bool takes_more(const Held& held) const;
  static std::optional<FeedGap> gone(Held& held, const FeedAsk& ask);
  static FeedCursor place_of(const Held& held, const FeedAsk& ask);
  static void record(Held& held, const FeedAsk& ask, FeedCursor cursor);

  const FeedsOptions options_;
  const std::function<TimePoint()> visible_until_;
  const std::function<bool()> frozen_;
  const Keep keep_;
  mutable std::mutex mutex_;
  std::vector<Held> held_;
};

}  // namespace cistern::lab
