// How often something new usually comes, learned per hour of the week. Pure: times in, words out.
#pragma once

#include "base/time.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::runtime {

/// The pauses between arrivals of one stream. Bounded: 168 hours of the week with 16 classes of
/// pauses each; nothing is allocated before the first pause is learned.
///
/// A pause counts for each hour of the week that it touches, so that Monday's first hours know the
/// whole weekend. What lies back fades by an eighth a week: a new working week is learned within
/// some weeks, an outage of long ago is forgotten within twelve. Hours are UTC; where clocks change
/// to summer time the neighbouring hours serve until the new ones are learned.
///
/// Rhythm is advice: losing it costs seven days of "rhythm unknown" and nothing else.
class Rhythm {
 public:
  /// A pause that ended at `end`. Only for pauses that are the stream's own: those with a restart,
  /// a failure or catching up in them say nothing about it.
  void learn(TimePoint end, Duration pause);

  struct Judgement {
    bool known = false;  ///< Seven days of pauses have been learned, and some for this hour.
    bool unusual = false;
    TimePoint since{};       ///< When the silence became unusual.
    Duration usual_most{0};  ///< 99 of 100 pauses at this hour are not longer.
  };
  /// Judges a silence that has lasted `silent`.
  ///
  /// At each hour the patience is max(2 x p99 of its pauses, 30 min), and a silence uses up the
  /// patience of each hour that it passes through in proportion; where the hours are alike that is
  /// the same as comparing the silence with the patience. On coming from a calm hour into one that
  /// is four times as lively, at most a quarter counts as used, once in 12 hours: the first event
  /// of a morning may come a little later than the hour's average. What was unusual stays unusual
  /// until something arrives, also through a night that is always silent.
  [[nodiscard]] Judgement judge(TimePoint now, Duration silent) const;

  [[nodiscard]] Duration observed() const { return observed_; }

  /// One line without blanks at its ends, for a file; only what was learned takes room.
  [[nodiscard]] std::string text() const;
  /// Nothing for a line that text() cannot have written.
  static std::optional<Rhythm> from_text(std::string_view line);

  static constexpr Duration kToBeKnown = std::chrono::hours{24 * 7};
  static constexpr Duration kLeastPatience = std::chrono::minutes{30};

 private:
  static constexpr std::size_t kClasses = 16;
  static constexpr std::size_t kHours = 168;
  struct Hour {
    std::array<std::uint16_t, kClasses> weight{};
    std::uint16_t week = 0;  ///< When it faded last.
  };
  static std::size_t class_of(Duration pause);
  void add(TimePoint at, std::size_t which);
  [[nodiscard]] std::optional<Duration> p99(TimePoint at) const;
  [[nodiscard]] std::optional<Duration> patience(TimePoint at) const;

  std::vector<Hour> hours_;  ///< Empty, or one for each hour of the week.
  Duration observed_{0};     ///< Sum of the learned pauses, up to kToBeKnown.
};

}  // namespace cistern::runtime
