#include "connectors/crowdstrike_falcon/intake.hpp"

#include "base/bytes.hpp"
#include "connectors/crowdstrike_falcon/event_decoder.hpp"

#include <algorithm>

namespace cistern::connectors::crowdstrike_falcon {
namespace {

/// Beyond that many different values without offset behind one event no count is kept.
constexpr std::size_t kMostJunk = 4096;

class Intaker {
 public:
  Intaker(Feed& feed, std::string_view customer, TimePoint plausible)
      : feed_(feed), customer_(customer), plausible_(plausible) {}

  /// False: stop here.
  bool take(const Record& record, std::uint64_t offset) {
    if (offset == StreamBatch::kNoOffset) {
      take_unplaced(record);
      return true;
    }
    see(offset);
    if (feed_.cursor.last && offset <= *feed_.cursor.last) {
      out.renumbered = is_new(record);
      if (!out.renumbered) ++out.repeated;
      return !out.renumbered;
    }
    // Where the user wants to begin is a number of the first numbering.
    if (feed_.floor && feed_.cursor.epoch == 0 && offset < *feed_.floor) {
      ++out.before_start;
      return true;
    }
    find_gap(record, offset);
    const bool ours = !before_start(record);
    advance(record, offset);
    if (ours && record.time != TimePoint{} && feed_.began) {
      feed_.began.reset();
      out.began_passed = true;
    }
    if (!ours) {
      ++out.before_start;
    } else if (record.stream == kLeftOut) {
      ++out.left_out;
    } else {
      keep(record);
    }
    return true;
  }

  Intake out;

 private:
  void take_unplaced(const Record& record) {
    if (record.stream == kLeftOut) return;
    out.unplaced = true;
    keep(record);
    Record& kept = out.kept.back();
    if (!kept.identity.is_zero() || feed_.junk.size() >= kMostJunk) return;
    const std::uint64_t ordinal = feed_.junk[make_identity({record.raw})]++;
    kept.identity = unplaced_identity(feed_, customer_, record.raw, ordinal);
  }

  void see(std::uint64_t offset) {
    if (feed_.place != offset) feed_.junk.clear();
    feed_.place = offset;
    // The vendor still has what it called forgotten, or something older: nothing is missing.
    if (feed_.expired && offset < feed_.expired->from) feed_.expired.reset();
  }

  [[nodiscard]] bool is_new(const Record& record) const {
    return record.time <= plausible_ && feed_.cursor.newest != TimePoint{} &&
           record.time > feed_.cursor.newest + kOrderSlack;
  }

  [[nodiscard]] bool before_start(const Record& record) const {
    return feed_.began && record.time != TimePoint{} && record.time < *feed_.began - kOrderSlack;
  }

  void find_gap(const Record& record, std::uint64_t offset) {
    if (!feed_.expired) return;
    if (offset > feed_.expired->from) {
      out.gap = OffsetGap{.from = feed_.expired->from,
                          .to = offset - 1,
                          .after = feed_.cursor.newest,
                          .before = record.time,
                          .failure = feed_.expired->failure};
    }
    feed_.expired.reset();
  }

  void advance(const Record& record, std::uint64_t offset) {
    feed_.cursor.last = offset;
    out.moved = true;
    if (record.time == TimePoint{} || record.time > plausible_) return;
    feed_.cursor.newest = std::max(feed_.cursor.newest, record.time);
    out.earliest = out.earliest == TimePoint{} ? record.time : std::min(out.earliest, record.time);
    out.latest = std::max(out.latest, record.time);
  }

  void keep(const Record& record) {
    if (!record.problem.empty()) ++out.problems;
    out.kept.push_back(record);
  }

  Feed& feed_;
  std::string_view customer_;
  TimePoint plausible_;
};

}  // namespace

Identity unplaced_identity(const Feed& feed, std::string_view customer, std::string_view raw,
                           std::uint64_t ordinal) {
  const std::string place = feed.place ? std::to_string(*feed.place) : "start";
  return make_identity({kVendor, lower_case(customer), feed.key, std::to_string(feed.cursor.epoch),
                        "behind", place, std::to_string(ordinal), raw});
}

Intake take_in(Feed& feed, const StreamBatch& batch, std::string_view customer,
               TimePoint plausible) {
  Intaker intaker(feed, customer, plausible);
  const std::vector<Record>& records = batch.batch.records;
  intaker.out.kept.reserve(records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    const std::uint64_t offset =
        i < batch.offsets.size() ? batch.offsets[i] : StreamBatch::kNoOffset;
    if (!intaker.take(records[i], offset)) break;
  }
  return std::move(intaker.out);
}

}  // namespace cistern::connectors::crowdstrike_falcon
