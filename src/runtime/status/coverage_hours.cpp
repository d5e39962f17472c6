#include "runtime/status/coverage_hours.hpp"

#include "journal/hole_name.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace cistern::runtime {
namespace {

using journal::LedgerRow;
using std::chrono::hours;

constexpr Duration kHour = hours{1};
/// The ledger forgets whole blobs nine days after they became available.
constexpr Duration kRowsKept = hours{24 * 9};
/// What a commit stores became available at most so long before: the vendors' own keeping, rounded
/// up.
constexpr Duration kOldestOffer = hours{24 * 8};
/// A blob comes in several commits; a later one than the damaged may have touched its row.
constexpr Duration kSlowestBlob = hours{1};
constexpr std::size_t kMostReasons = 4;
/// 400 days, the ledger's own bound.
constexpr std::size_t kMostHours = 24 * 401;

TimePoint hour_of(TimePoint time) {
  return std::chrono::floor<hours>(time);
}

TimePoint next_hour(TimePoint time) {
  return std::chrono::ceil<hours>(time);
}

/// What is known of one hour before its state is decided.
struct Hour {
  Duration whole{0};  ///< So much of it is covered by whole windows.
  bool gap = false;
  bool filling = false;
  std::vector<std::string> reasons;  ///< Of gaps, once there is one; otherwise of what fills.
  std::uint64_t more_reasons = 0;
  TimePoint expires{};
  std::vector<std::string> items;
  std::uint64_t missing_items = 0;

  /// `of_item`: the item's name is told as well; what has no name stands first.
  void note(bool is_gap, const std::string& why, TimePoint until, bool of_item) {
    if (until != TimePoint{}) expires = expires == TimePoint{} ? until : std::min(expires, until);
    if (is_gap && !gap) {
      reasons.clear();
      more_reasons = 0;
    }
    (is_gap ? gap : filling) = true;
    if (gap != is_gap) return;
    if (std::find(reasons.begin(), reasons.end(), why) != reasons.end()) return;
    reasons.insert(of_item ? reasons.end() : reasons.begin(), why);
    if (reasons.size() <= kMostReasons) return;
    reasons.pop_back();
    ++more_reasons;
  }
  void add_item(const std::string& item) {
    ++missing_items;
    if (!item.empty() && items.size() < kMostItems) items.push_back(item);
  }
  [[nodiscard]] std::string reason() const {
    std::string text;
    for (const auto& why : reasons)
      text += (text.empty() ? "" : "; also: ") + why;
    if (more_reasons > 0) text += "; and " + std::to_string(more_reasons) + " more reasons";
    return text;
  }
};

/// Rows of offsets sum up a whole feed, or name what was lost: none says when its events were
/// stored.
bool is_item(const Coverage& coverage) {
  return coverage.kind != "window" && coverage.kind != "offsets" && coverage.kind != kMendedKind;
}

bool mends(const Coverage& row, const DamagedStretch& stretch) {
  return row.kind == kMendedKind && row.state == CoverageState::whole &&
         row.item == journal::hole_name(stretch.hole);
}

class StreamJudge {
 public:
  StreamJudge(const std::vector<const LedgerRow*>& rows, std::span<const DamagedStretch> damaged,
              const HoursQuestion& question)
      : rows_(rows), damaged_(damaged), question_(question) {}

  std::vector<CoverageSpan> spans() {
    find_range();
    if (begin_ >= end_) return {};
    hours_.resize(static_cast<std::size_t>((end_ - begin_) / kHour));
    add_whole_windows();
    for (const LedgerRow* row : rows_) {
      if (row->coverage.state != CoverageState::whole) take(*row);
    }
    for (const auto& stretch : damaged_)
      take(stretch);
    return merged();
  }

 private:
  void find_range() {
    for (const LedgerRow* row : rows_) {
      const Coverage& coverage = row->coverage;
      if (coverage.from == TimePoint{} || coverage.kind == kMendedKind) continue;
      began_ = began_ == TimePoint{} ? coverage.from : std::min(began_, coverage.from);
      const bool read = coverage.kind == "window" && coverage.state != CoverageState::partial;
      if (read) through_ = std::max(through_, coverage.to);
    }
    if (began_ == TimePoint{}) return;
    begin_ = hour_of(question_.from == TimePoint{} ? began_ : question_.from);
    end_ = next_hour(question_.to == TimePoint{} ? question_.now : question_.to);
    end_ = std::min(end_, next_hour(question_.now));
    if (end_ - begin_ > kHour * kMostHours) begin_ = end_ - kHour * kMostHours;
  }

  template <class Use>
  void each_hour(TimePoint from, TimePoint to, Use&& use) {
    const TimePoint last = std::min(std::max(to, from + Duration{1}), end_);
    for (TimePoint at = std::max(hour_of(from), begin_); at < last; at += kHour) {
      use(at, hours_[static_cast<std::size_t>((at - begin_) / kHour)]);
    }
  }

  /// Windows may overlap; what two of them cover counts once.
  void add_whole_windows() {
    std::vector<std::pair<TimePoint, TimePoint>> windows;
    for (const LedgerRow* row : rows_) {
      const Coverage& coverage = row->coverage;
      if (coverage.kind != "window" || coverage.state != CoverageState::whole) continue;
      windows.emplace_back(coverage.from, coverage.to);
    }
    std::sort(windows.begin(), windows.end());
    TimePoint done = TimePoint::min();
    for (const auto& window : windows) {
      const TimePoint from = std::max(window.first, done);
      const TimePoint to = window.second;
      if (from >= to) continue;
      each_hour(from, to, [&](TimePoint at, Hour& hour) {
        hour.whole += std::min(to, at + kHour) - std::max(from, at);
      });
      done = to;
    }
  }

  void take(const LedgerRow& row) {
    const Coverage& coverage = row.coverage;
    const bool lost =
        coverage.state == CoverageState::lost || coverage.state == CoverageState::damaged;
    const bool over = !lost && coverage.expires != TimePoint{} && coverage.expires < question_.now;
    std::string why = coverage.reason;
    if (over) why = "it expired at the vendor before it was stored";
    if (why.empty()) why = lost ? "lost at the vendor" : "being read";
    const auto note = [&](TimePoint, Hour& hour) {
      const bool of_item = coverage.kind != "window";
      hour.note(lost || over, why, coverage.expires, of_item);
      if (of_item) hour.add_item(coverage.item);
    };
    // Without a time it may belong to any hour.
    if (coverage.from == TimePoint{}) return each_hour(begin_, end_, note);
    each_hour(coverage.from, coverage.to, note);
  }

  void take(const DamagedStretch& stretch) {
    const std::string why = "damaged in the store: sequences " + std::to_string(stretch.hole.from) +
                            " to " + std::to_string(stretch.hole.to);
    const TimePoint mended = mended_from(stretch);
    const auto hit = [&](TimePoint from, TimePoint to, const std::string& item) {
      to = std::min(to, mended);
      if (from >= mended) return;
      each_hour(from, to, [&](TimePoint, Hour& hour) {
        hour.note(true, why, {}, false);
        if (!item.empty()) hour.add_item(item);
      });
    };
    // Blobs are forgotten by when they became available, which may be days before they arrived.
    const TimePoint forgotten = question_.now - kRowsKept;
    const TimePoint doubtful_to =
        names_items() ? std::min(stretch.received_to, forgotten) : stretch.received_to;
    const TimePoint doubtful_from = stretch.received_from - kOldestOffer;
    if (doubtful_from < doubtful_to) hit(doubtful_from, doubtful_to, {});
    for (const LedgerRow* row : rows_) {
      const Coverage& coverage = row->coverage;
      const bool meanwhile = row->updated >= stretch.received_from &&
                             row->updated <= stretch.received_to + kSlowestBlob;
      if (!is_item(coverage) || !meanwhile || row->stored == 0) continue;
      hit(coverage.from, coverage.to, coverage.item);
    }
  }

  /// Whether the ledger says of this stream what was stored when.
  [[nodiscard]] bool names_items() const {
    return std::any_of(rows_.begin(), rows_.end(),
                       [](const LedgerRow* row) { return is_item(row->coverage); });
  }

  /// From when on the connector has asked again for what was lost there; the end of time if it has
  /// not.
  [[nodiscard]] TimePoint mended_from(const DamagedStretch& stretch) const {
    TimePoint from = TimePoint::max();
    for (const LedgerRow* row : rows_) {
      if (mends(row->coverage, stretch)) from = std::min(from, row->coverage.from);
    }
    return from;
  }

  [[nodiscard]] CoverageSpan judge(TimePoint at, Hour& hour) const {
    CoverageSpan span{.from = at, .to = at + kHour};
    span.reason = hour.reason();
    span.expires = hour.expires;
    span.items = std::move(hour.items);
    span.missing_items = hour.missing_items;
    // Only what lies between the beginning and this moment is owed.
    const TimePoint owed_from = std::max(at, began_);
    const TimePoint owed_to = std::min(at + kHour, std::max(question_.now, at));
    const bool read = owed_from < owed_to && hour.whole >= owed_to - owed_from;
    if (hour.gap) {
      span.state = HourState::gap;
    } else if (at + kHour <= began_) {
      span.state = HourState::no_data_expected;
    } else if (hour.filling || owed_to > through_) {
      span.state = HourState::filling;
    } else if (read) {
      span.state = HourState::whole;
    } else {
      // Windows behind it are read, this one is not, and nobody says why.
      span.state = HourState::gap;
      span.reason = "not asked for";
    }
    return span;
  }

  std::vector<CoverageSpan> merged() {
    std::vector<CoverageSpan> spans;
    for (std::size_t i = 0; i < hours_.size(); ++i) {
      CoverageSpan span = judge(begin_ + kHour * i, hours_[i]);
      if (!spans.empty() && alike(spans.back(), span)) {
        append(spans.back(), std::move(span));
      } else {
        spans.push_back(std::move(span));
      }
    }
    return spans;
  }

  static bool alike(const CoverageSpan& a, const CoverageSpan& b) {
    return a.state == b.state && a.reason == b.reason;
  }

  static void append(CoverageSpan& span, CoverageSpan&& more) {
    span.to = more.to;
    if (more.expires != TimePoint{}) {
      span.expires =
          span.expires == TimePoint{} ? more.expires : std::min(span.expires, more.expires);
    }
    // What reaches over several hours is named, and counted, once.
    for (auto& item : more.items) {
      if (std::find(span.items.begin(), span.items.end(), item) != span.items.end()) {
        --more.missing_items;
      } else if (span.items.size() < kMostItems) {
        span.items.push_back(std::move(item));
      }
    }
    span.missing_items += more.missing_items;
  }

  const std::vector<const LedgerRow*>& rows_;
  std::span<const DamagedStretch> damaged_;
  const HoursQuestion& question_;
  TimePoint began_{};
  TimePoint through_{};
  TimePoint begin_{};
  TimePoint end_{};
  std::vector<Hour> hours_;
};

}  // namespace

std::string_view to_string(HourState state) {
  switch (state) {
    case HourState::whole:
      return "whole";
    case HourState::filling:
      return "filling";
    case HourState::gap:
      return "gap";
    case HourState::no_data_expected:
      return "no data expected";
  }
  return "?";
}

bool StreamHours::has_gap() const {
  return std::any_of(spans.begin(), spans.end(),
                     [](const CoverageSpan& span) { return span.state == HourState::gap; });
}

std::vector<StreamHours> coverage_hours(std::span<const LedgerRow> ledger,
                                        std::span<const DamagedStretch> damaged,
                                        const HoursQuestion& question) {
  std::map<std::pair<std::string, std::string>, std::vector<const LedgerRow*>> rows;
  for (const LedgerRow& row : ledger)
    rows[{row.connector, row.coverage.stream}].push_back(&row);
  std::vector<StreamHours> streams;
  for (const auto& [name, of_stream] : rows) {
    streams.push_back({.connector = name.first,
                       .stream = name.second,
                       .spans = StreamJudge{of_stream, damaged, question}.spans()});
  }
  return streams;
}

bool asked_again(std::span<const LedgerRow> ledger, const DamagedStretch& stretch) {
  std::map<std::pair<std::string, std::string>, bool> streams;
  for (const LedgerRow& row : ledger) {
    bool& mended = streams[{row.connector, row.coverage.stream}];
    mended = mended || mends(row.coverage, stretch);
  }
  return !streams.empty() && std::all_of(streams.begin(), streams.end(),
                                         [](const auto& stream) { return stream.second; });
}

}  // namespace cistern::runtime
