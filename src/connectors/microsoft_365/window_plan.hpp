// Which time windows of one content type are to be listed, and up to when everything was listed.
//
// Vendor's rules: startTime <= contentCreated < endTime, at most 24 hours, at most 7 days back, and
// blobs may appear behind the present with a delay nobody states. So each poll lists `overlap`
// again, and a sweep lists all 7 days now and then.
#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace cistern::connectors::microsoft_365 {

struct Interval {
  TimePoint from{};
  TimePoint to{};
  friend bool operator==(const Interval&, const Interval&) = default;
};

struct Slice {
  Interval window;
  /// From here on no other slice has listed what this one lists; before it lies repetition.
  TimePoint fresh_from{};
  unsigned attempts = 0;
  TimePoint not_before{};
};

/// All times are the vendor's, in whole seconds, except `now` and `not_before`, which only
/// schedule.
class WindowPlan {
 public:
  WindowPlan(Duration backfill, Duration overlap) : backfill_(backfill), overlap_(overlap) {}

  /// What the vendor keeps listed, less the margin that its documents and operators' experience
  /// suggest, and less the little that is used when the watermark itself lies there.
  static constexpr Duration kReach = std::chrono::hours{24 * 7} - std::chrono::minutes{5};
  static constexpr Duration kUtmost = std::chrono::hours{24 * 7} - std::chrono::seconds{30};

  /// Begins at the watermark. `began` is the watermark of the first start: repetition and sweeps do
  /// not reach behind it, or a short `backfill` would fetch everything after all.
  void begin(TimePoint watermark, TimePoint began);
  /// The watermark that stands for the first start.
  [[nodiscard]] TimePoint first_watermark(TimePoint vendor_now) const;

  enum class Outcome {
    planned,
    nothing,         ///< The vendor's time has not moved on.
    clock_doubtful,  ///< By this clock something would be lost, or time ran backwards: ask first.
  };
  enum class Kind : std::uint8_t {
    poll,   ///< With the overlap.
    early,  ///< Between two polls: with a minute of it, because it may come often.
    sweep,  ///< Over everything.
  };
  /// Adds what is to be listed. `clock_sure`: `vendor_now` was confirmed by the vendor just now;
  /// without that nothing is declared lost.
  Outcome plan(TimePoint vendor_now, bool clock_sure, Kind kind);

  /// The slice to be listed next, clamped to what the vendor still lists. It is under way until
  /// listed(), failed() or abandon().
  std::optional<Slice> take(TimePoint now, TimePoint vendor_now, bool clock_sure);
  [[nodiscard]] const Slice* under_way() const { return under_way_ ? &slices_.front() : nullptr; }

  /// The slice under way was listed to its last page, at the vendor's time `server_now`: what lies
  /// after that time cannot have been listed.
  void listed(TimePoint server_now);
  /// It is to be listed again, not before then. `narrower`: as two halves (not below 5 minutes).
  void failed(TimePoint not_before, bool narrower);
  /// Forgets the plan and begins again at the watermark (the vendor refused a window).
  void reset(TimePoint watermark);

  [[nodiscard]] bool idle() const { return slices_.empty(); }
  /// Nothing that a new poll would list is still to be listed.
  [[nodiscard]] bool newest_listed() const;
  [[nodiscard]] bool sweeping() const;
  [[nodiscard]] std::optional<TimePoint> next_time() const;
  /// Everything before was listed, or is a gap.
  [[nodiscard]] TimePoint listed_through() const;
  /// Windows that the vendor no longer lists and that were never listed. Emptied by the call.
  std::vector<Interval> take_gaps();

 private:
  void cut(Interval window, Duration width, TimePoint fresh_from);

  Duration backfill_;
  Duration overlap_;
  TimePoint began_{};
  TimePoint frontier_{};       ///< Everything before is listed, or in `slices_`, or lost.
  bool under_way_ = false;     ///< slices_.front() is being listed.
  std::vector<Slice> slices_;  ///< Oldest first.
  TimePoint sweep_until_{};    ///< End of the sweep in `slices_`; epoch for none.
  std::vector<Interval> gaps_;
};

/// Whole seconds, as windows have them.
TimePoint floor_seconds(TimePoint time);

}  // namespace cistern::connectors::microsoft_365
