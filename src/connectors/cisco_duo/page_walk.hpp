// One window of a log, read page by page. Pure: a value that is told of each stored page.
#pragma once

#include "base/ids.hpp"
#include "base/time.hpp"
#include "connectors/cisco_duo/log_stream.hpp"
#include "connectors/cisco_duo/page_decoder.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cistern::connectors::cisco_duo {

/// [from, to), with what could not be read in it.
struct Stretch {
  TimePoint from{};
  TimePoint to{};
  friend bool operator==(const Stretch&, const Stretch&) = default;
};

/// Where a chain of pages stands.
///
/// v2 logs and Trust Monitor are walked by the place that each answer names. Should that place
/// repeat, be refused, or lead on for ever, the walk goes on by time: from the newest row that is
/// stored (inclusive; what comes again is dropped), or, where the rows are in no order, with half
/// of the window. Where that does not lead on either, a stretch of 2 seconds is left behind as a
/// gap, and twice as much each time until something new comes: one dense spot costs little, and a
/// vendor that answers the same page for ever is passed all the same.
///
/// v1 logs answer with the 1,000 earliest rows from `mintime` on. A full page is followed by one
/// that begins with the newest second of the page, not the second after it: rows that share the
/// second would be lost. Only a second that fills a page by itself is left behind, as a gap.
class PageWalk {
 public:
  /// A page of a v1 log with fewer rows is the last one. The documentation warns that an answer may
  /// hold fewer rows than 1,000 although there are more, so half of that already asks again.
  static constexpr std::size_t kMaybeMore = 500;
  static constexpr std::size_t kFullPage = 1000;
  /// Pages followed by their place before the walk goes on by time.
  static constexpr std::size_t kMaxPages = 2000;

  /// `from` and `to` in whole milliseconds (v1: seconds), `from` before `to`.
  PageWalk(const LogStream& stream, TimePoint from, TimePoint to);

  [[nodiscard]] TimePoint from() const { return from_; }
  [[nodiscard]] TimePoint to() const { return to_; }
  [[nodiscard]] const std::string& token() const { return token_; }
  [[nodiscard]] const std::shared_ptr<const Occurrences>& counted() const { return counted_; }
  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] std::size_t pages() const { return pages_; }

  /// The page that was asked for is stored.
  void advance(const PageFacts& page);
  /// The vendor refused the place of the next page, or the window's beginning has become too old.
  void go_on_by_time();

  /// Every row before this time is stored, but for the gaps. Only meaningful as far as it lies
  /// behind the walk's first `from`.
  [[nodiscard]] TimePoint through() const { return done_ ? to_ : from_; }
  /// As through(), as far as the order of the rows tells: where go_on_by_time() would go on.
  [[nodiscard]] TimePoint reached() const;
  /// The gaps met since the last call.
  std::vector<Stretch> take_gaps() { return std::exchange(gaps_, {}); }

  /// For the position: "FROM TO NEWEST ORDER TOKEN", times in ms.
  [[nodiscard]] std::string text() const;
  static std::optional<PageWalk> parse(const LogStream& stream, std::string_view text);

 private:
  void advance_by_place(const PageFacts& page);
  void advance_by_second(const PageFacts& page);

  /// Windows are not halved below this, and a first gap is as long.
  static constexpr Duration kLeastWindow = std::chrono::seconds{2};

  const LogStream* stream_;
  TimePoint from_{};
  TimePoint to_{};
  TimePoint end_{};  ///< Of the whole window, where `to_` has been moved.
  Duration skip_ = kLeastWindow;
  std::string token_;
  TimePoint newest_{};     ///< Of the rows stored.
  bool ascending_ = true;  ///< They came in order, so nothing before `newest_` is missing.
  bool done_ = false;
  std::size_t pages_ = 0;
  std::set<Identity> places_;  ///< That were followed.
  std::shared_ptr<const Occurrences> counted_;
  std::vector<Stretch> gaps_;
};

}  // namespace cistern::connectors::cisco_duo
