#include "journal/event_way.hpp"

#include "journal/segment/segment_scan.hpp"
#include "journal/store_layout.hpp"

#include <algorithm>
#include <set>

namespace cistern::journal {
namespace {

class Search {
 public:
  Search(const std::string& store, Files& files, Sequence sequence, const std::string& connector,
         const std::vector<std::string>& readers)
      : store_(store),
        files_(files),
        sequence_(sequence),
        connector_(connector),
        wanted_(readers.begin(), readers.end()) {}

  Result<EventWay> run() {
    auto segments = list_segments(store_, files_);
    if (!segments) return fail(segments.error());
    auto at = std::upper_bound(segments->begin(), segments->end(), sequence_);
    if (at != segments->begin()) --at;
    for (; at != segments->end() && !done(); ++at) {
      const auto next = std::next(at);
      auto read = scan(*at, next == segments->end() ? Sequence{0} : *next);
      if (!read) {
        // Retention may have taken the file away meanwhile.
        if (read.error().code == "file/missing") continue;
        return fail(read.error());
      }
    }
    return std::move(way_);
  }

 private:
  [[nodiscard]] bool done() const { return beyond_ && wanted_.empty(); }

  Status scan(Sequence segment, Sequence next) {
    auto view = next == 0 ? copy_segment(store_, segment, 0, files_)
                          : view_segment(store_, segment, files_);
    if (!view) return fail(view.error());
    const std::string_view bytes = (*view)->bytes();
    const auto header = read_header(bytes);
    if (header && beyond_) take_snapshot(header->header);
    if (done()) return {};
    // What was written again in the next segment after a failed sync counts there.
    std::optional<std::uint64_t> last_group;
    if (next != 0) {
      auto behind = view_segment(store_, next, files_);
      if (!behind) return fail(behind.error());
      if (const auto found = read_header((*behind)->bytes())) last_group = found->header.group;
    }
    const ScanVisitor visitor{.group =
                                  [&](ScannedGroup& group) {
                                    if (last_group && group.control.group > *last_group)
                                      return false;
                                    take(segment, group.control);
                                    return !done();
                                  },
                              .damaged =
                                  [&](const DamagedRange& range) {
                                    if (range.control) take(segment, *range.control);
                                  }};
    scan_groups(bytes, header ? header->size : groups_behind_damaged_header(bytes), CheckData::no,
                visitor);
    return {};
  }

  void take(Sequence segment, const GroupControl& control) {
    if (control.last < sequence_) return;
    if (!beyond_ && control.has_events() && control.first <= sequence_) note(segment, control);
    beyond_ = true;
    for (const auto& [name, cursor] : control.cursors) {
      if (cursor.next <= sequence_ || wanted_.erase(name) == 0) continue;
      // A place that is new has counted nothing yet.
      const bool fresh = cursor.delivered == 0 && cursor.skipped == 0;
      way_.passings.push_back({.reader = name,
                               .how = fresh ? Passing::How::behind : Passing::How::moved,
                               .at = control.written});
    }
  }

  void take_snapshot(const SegmentHeader& header) {
    for (const auto& [name, cursor] : header.cursors) {
      if (cursor.next <= sequence_ || wanted_.erase(name) == 0) continue;
      way_.passings.push_back({.reader = name, .how = Passing::How::by, .at = header.written});
    }
  }

  void note(Sequence segment, const GroupControl& control) {
    CommitPlace place{.group = control.group,
                      .segment = segment_name(segment),
                      .written = control.written,
                      .first = control.first,
                      .last = control.last,
                      .coverage = {}};
    for (const ConnectorPart& part : control.connectors) {
      if (part.connector == connector_) place.coverage = part.coverage;
    }
    way_.commit = std::move(place);
  }

  const std::string& store_;
  Files& files_;
  Sequence sequence_;
  const std::string& connector_;
  std::set<std::string, std::less<>> wanted_;
  bool beyond_ = false;  ///< The event's group, or one behind it, was met.
  EventWay way_;
};

}  // namespace

Result<EventWay> event_way(const std::string& store, Files& files, Sequence sequence,
                           const std::string& connector, const std::vector<std::string>& readers) {
  return Search{store, files, sequence, connector, readers}.run();
}

}  // namespace cistern::journal
