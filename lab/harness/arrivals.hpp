// When the events of one stream happen, for vendors whose logs are asked for by time.
//
// Nothing is stored: what a bucket of ten seconds holds follows from its number and the key, so
// half a year costs nothing until it is read, and two readers see the same.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <vector>

namespace cistern::lab {

struct ArrivalOptions {
  std::uint64_t key = 1;  ///< Of seed, account and stream: everything follows from it.
  TimePoint start{};      ///< Where history ends and live events begin.
  Duration history{0};
  double history_per_hour = 0;
  double live_per_second = 0;
  double late_share = 0;  ///< Events that become readable later than the others.
  Duration most_late{0};
  double twin_share = 0;         ///< Events that another follows at the very time, with its key.
  double related_share = 0;      ///< Events that belong to the one before.
  unsigned crowded_seconds = 0;  ///< Seconds of the history into which a crowd falls.
  unsigned crowd = 1200;         ///< Events in each of them.
};

struct Arrival {
  TimePoint time{};           ///< Whole microseconds.
  Duration late{0};           ///< Beyond what all events of the vendor take to become readable.
  std::uint64_t key = 0;      ///< Its content follows from it.
  std::uint64_t related = 0;  ///< Key of the event that it belongs to; its own otherwise.
  bool twin = false;          ///< Same time and key as the one before.
};

/// Immutable after construction; safe to use from any thread.
class Arrivals {
 public:
  static constexpr Duration kBucket = std::chrono::seconds{10};

  explicit Arrivals(const ArrivalOptions& options);

  [[nodiscard]] static std::int64_t bucket_of(TimePoint time);
  [[nodiscard]] static TimePoint bucket_start(std::int64_t bucket);
  /// The oldest bucket that may hold anything.
  [[nodiscard]] std::int64_t first_bucket() const { return first_; }
  [[nodiscard]] std::uint32_t count(std::int64_t bucket) const;
  /// Replaces `out` by the bucket's events, oldest first.
  void read(std::int64_t bucket, std::vector<Arrival>& out) const;
  [[nodiscard]] const ArrivalOptions& options() const { return options_; }

 private:
  [[nodiscard]] bool is_crowded(std::int64_t bucket) const;
  [[nodiscard]] std::uint32_t ordinary_count(std::int64_t bucket) const;
  [[nodiscard]] std::uint32_t count_without_twins(std::int64_t bucket) const;
  [[nodiscard]] std::uint64_t key_at(std::int64_t bucket, std::size_t place) const;
  [[nodiscard]] bool has_twin(std::uint64_t key) const;

  const ArrivalOptions options_;
  const std::int64_t first_;
  const std::uint64_t most_late_;      // Microseconds.
  std::vector<std::int64_t> crowded_;  // Sorted.
};

}  // namespace cistern::lab
