// When which part of a log is listed.
//
// The newest hour at every poll, 24 hours every hour, the whole retention once a day: an object
// that is uploaded late, or whose random characters sort before one that was read, is found by one
// of them. A wider listing ends where the newest hour begins, so no page is asked for twice, and
// the newest hour is never kept waiting by a wide one.
#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace cistern::connectors::cisco_umbrella {

struct ListingPace {
  Duration poll_every = std::chrono::minutes{5};
  Duration retention = std::chrono::hours{24 * 30};
  bool by_day = true;  ///< List 24 hours every hour; a queue makes that needless.

  static constexpr Duration kNewest = std::chrono::hours{1};
  static constexpr Duration kDay = std::chrono::hours{24};
  static constexpr Duration kDayEvery = std::chrono::hours{1};
  static constexpr Duration kRetentionEvery = std::chrono::hours{24};
};

/// One listing: page after page from a slot on.
struct Chain {
  enum class Kind : std::uint8_t { newest, day, retention };
  Kind kind = Kind::newest;
  TimePoint from{};                ///< The first slot that is listed.
  std::optional<TimePoint> until;  ///< Ends with a key of that slot or later.
  std::string start_after;         ///< Instead of `from`, once pages have been read.
  std::string token;               ///< Of the next page; empty for one that begins anew.
  TimePoint listed_at{};           ///< The vendor's time at the first page.
  std::size_t pages = 0;
  unsigned attempts = 0;  ///< Failures in a row.
  TimePoint not_before{};
};

class ListingPlan {
 public:
  explicit ListingPlan(ListingPace pace) : pace_(pace) {}

  /// `began`: the first slot that is owed. `through`: everything uploaded before was listed;
  /// `swept`: when the last listing of the retention was worked off.
  void begin(TimePoint began, std::optional<TimePoint> through, std::optional<TimePoint> swept);
  [[nodiscard]] bool begun() const { return began_.has_value(); }

  /// The listing whose page is to be asked for next, if one is due; it stays under way until ended.
  /// Nothing before `floor` is listed.
  Chain* next(TimePoint now, TimePoint vendor_now, TimePoint floor);
  /// The chain of that kind, if it is under way.
  Chain* under_way(Chain::Kind kind);
  void end(Chain::Kind kind, TimePoint now);
  /// The newest hour as soon as possible.
  void hurry(TimePoint now);
  /// The whole retention as soon as possible: the store has lost something.
  void sweep_again() { sweep_due_ = true; }
  /// The sweep that ended has been worked off.
  void swept(TimePoint when) { swept_ = when; }

  /// The newest hour was listed to its end, and everything uploaded before that time was seen.
  [[nodiscard]] std::optional<TimePoint> listed_through() const { return listed_; }
  [[nodiscard]] bool sweeping() const { return wide_.has_value(); }
  [[nodiscard]] std::optional<TimePoint> next_time(TimePoint now) const;

 private:
  [[nodiscard]] TimePoint oldest(TimePoint vendor_now, TimePoint floor) const;
  void plan_newest(TimePoint now, TimePoint vendor_now, TimePoint floor);
  void plan_wide(TimePoint now, TimePoint vendor_now, TimePoint floor);

  ListingPace pace_;
  std::optional<TimePoint> began_;
  std::optional<TimePoint> listed_;
  std::optional<TimePoint> swept_;
  std::optional<Chain> newest_;
  std::optional<Chain> wide_;
  TimePoint next_newest_{};
  TimePoint next_day_{};
  TimePoint sweep_begun_{};
  bool sweep_due_ = false;
};

/// Pages inside a budget: so many a minute, a fifth of them at once. Pure.
class RequestPace {
 public:
  explicit RequestPace(double per_minute);
  /// How long until one may go; takes it when that is nothing.
  Duration take(TimePoint now);

 private:
  double per_second_;
  double most_;
  double left_;
  TimePoint last_{};
};

}  // namespace cistern::connectors::cisco_umbrella
