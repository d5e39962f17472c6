#include "journal/recovery/log_replay.hpp"

#include "journal/segment/group_reader.hpp"
#include "journal/store_layout.hpp"

#include <algorithm>
#include <utility>

namespace cistern::journal {
namespace {

class Replay {
 public:
  Replay(const std::string& store, Files& files, Index& index, const ReplayPlan& plan)
      : store_(store), files_(files), index_(index), plan_(plan), expected_(plan.last + 1) {
    end_.group = plan.group;
  }

  Result<ReplayEnd> run() {
    const auto& segments = plan_.segments;
    auto begin = std::lower_bound(segments.begin(), segments.end(), plan_.from_segment);
    for (auto segment = begin; segment != segments.end(); ++segment) {
      next_ = std::next(segment) == segments.end() ? 0 : *std::next(segment);
      if (auto status = read(*segment); !status) return fail(status.error());
    }
    drop_unacknowledged_tail();
    end_.last = std::max(end_.last, expected_ - 1);
    if (auto status = forget_known_holes(); !status) return fail(status.error());
    return std::move(end_);
  }

 private:
  Status read(Sequence segment) {
    const bool continued = segment == plan_.from_segment;
    std::uint64_t from = continued ? plan_.from_offset : 0;
    auto view = plan_.beside_writer && next_ == 0 ? copy_segment(store_, segment, from, files_)
                                                  : view_segment(store_, segment, files_);
    if (!view) return fail(view.error());
    const std::string_view bytes = (*view)->bytes();
    if (!continued) {
      auto start = begin_segment(segment, bytes);
      if (!start) return fail(start.error());
      from = *start;
    }
    if (auto status = find_next_header(); !status) return status;
    Status status;
    const ScanVisitor visitor{
        .group = [&](ScannedGroup& group) { return take(segment, group, status); },
        .damaged = [&](const DamagedRange& range) { note(segment, range); }};
    from = std::min<std::uint64_t>(from, bytes.size());
    const ScanEnd scan =
        scan_groups(bytes, from, next_ == 0 ? CheckData::yes : CheckData::no, visitor);
    end_.segment = segment;
    end_.valid = scan.valid;
    end_.size = scan.size;
    return status;
  }

  /// Applies the header and returns where the groups begin.
  Result<std::uint64_t> begin_segment(Sequence segment, std::string_view bytes) {
    auto header = read_header(bytes);
    end_.sound_header = header.has_value();
    if (!header) {
      if (header.error().code == "journal/version") return fail(header.error());
      const std::uint64_t from = groups_behind_damaged_header(bytes);
      // Without a header the segment continues the state of the one before.
      SegmentHeader substitute;
      auto mark = index_.mark();
      if (!mark) return fail(mark.error());
      auto snapshot = index_.snapshot();
      if (!snapshot) return fail(snapshot.error());
      substitute = std::move(*snapshot);
      substitute.store = mark->store;
      substitute.first = segment;
      substitute.group = end_.group;
      substitute.last = expected_ - 1;
      substitute.removed_before = mark->removed_before;
      if (auto status = index_.apply(substitute, from); !status) return fail(status.error());
      return from;
    }
    if (auto status = index_.apply(header->header, header->size); !status) {
      return fail(status.error());
    }
    end_.group = header->header.group;
    settle(header->header.last + 1);
    return header->size;
  }

  Status find_next_header() {
    next_group_.reset();
    if (next_ == 0) return {};
    auto view = view_segment(store_, next_, files_);
    if (!view) return fail(view.error());
    if (auto header = read_header((*view)->bytes())) next_group_ = header->header.group;
    return {};
  }

  bool take(Sequence segment, ScannedGroup& group, Status& status) {
    const GroupControl& control = group.control;
    // Written again in the next segment after a failed sync.
    if (next_group_ && control.group > *next_group_) return false;
    if (next_ != 0 && control.has_events() && control.last >= next_) return false;
    settle(control.first);
    status = index_.apply(control, segment, group.offset + group.size);
    if (!status) return false;
    expected_ = std::max(expected_, control.last + 1);
    end_.group = control.group;
    return true;
  }

  void note(Sequence segment, const DamagedRange& range) {
    if (range.known) return;
    Damage damage{segment, range.offset, range.size, Hole{0, 0, std::string{kDamagedReason}}, {}};
    open_.push_back({std::move(damage), range.control});
  }

  /// What was open is certain now: something sound follows, whose first sequence is known.
  void settle(Sequence first) {
    Sequence from = expected_;
    for (Open& open : open_) {
      Hole& hole = open.damage.hole;
      hole.from = from;
      hole.to = from - 1;
      if (open.control && open.control->has_events()) {
        hole.from = std::max(from, open.control->first);
        hole.to = open.control->last;
      }
      if (&open == &open_.back()) hole.to = std::max(hole.to, first - 1);
      from = std::max(from, hole.to + 1);
      // Cursor moves do not depend on the events, and an older cursor would deliver twice.
      if (open.control) {
        static_cast<void>(index_.apply_cursors(*open.control));
        open.damage.reopened = reopened_by(*open.control);
      }
      end_.damaged.push_back(std::move(open.damage));
    }
    open_.clear();
    if (first > from) {
      end_.damaged.push_back(
          {end_.segment, 0, 0, {from, first - 1, std::string{kUnknownReason}}, {}});
    }
    expected_ = std::max(expected_, first);
  }

  /// A loss of power may leave the control frame of the last group and not its data. Nobody was
  /// told about such a group, so it is a torn tail. The same bytes are damage when they had been
  /// acknowledged.
  void drop_unacknowledged_tail() {
    if (open_.empty()) return;
    const Damage& first = open_.front().damage;
    const bool acknowledged = plan_.acknowledged >= expected_;
    if (!acknowledged) {
      end_.valid = first.offset;
      open_.clear();
    } else {
      settle(std::max(plan_.acknowledged + 1, expected_));
    }
  }

  Status forget_known_holes() {
    auto known = index_.missing();
    if (!known) return fail(known.error());
    auto mark = index_.mark();
    if (!mark) return fail(mark.error());
    const auto is_known = [&](const Damage& damage) {
      if (damage.size > 0 || damage.hole.to < damage.hole.from) return false;
      if (damage.hole.to < mark->removed_before) return true;
      return std::any_of(known->begin(), known->end(), [&](const Hole& hole) {
        return hole.from <= damage.hole.from && hole.to >= damage.hole.to;
      });
    };
    std::erase_if(end_.damaged, is_known);
    return {};
  }

  struct Open {
    Damage damage;
    std::optional<GroupControl> control;
  };

  const std::string& store_;
  Files& files_;
  Index& index_;
  const ReplayPlan& plan_;
  ReplayEnd end_;
  Sequence expected_;
  Sequence next_ = 0;                        ///< First sequence of the next segment; 0: none.
  std::optional<std::uint64_t> next_group_;  ///< `group` of its header.
  std::vector<Open> open_;                   ///< Damage behind which nothing sound was seen yet.
};

std::string reason_for(Sequence first, Sequence last) {
  return "events " + std::to_string(first) + " to " + std::to_string(last) + ": " +
         std::string{kDamagedReason};
}

bool was_stored(const LedgerRow& row) {
  return row.coverage.state != CoverageState::lost && row.stored > 0;
}

/// The counts were added when the group was stored.
LedgerRow uncounted(LedgerRow row) {
  row.coverage.offered = row.stored = row.duplicates = 0;
  return row;
}

LedgerRow damaged_row(LedgerRow row, const std::string& reason) {
  row.coverage.state = CoverageState::damaged;
  row.coverage.reason = reason;
  return uncounted(std::move(row));
}

}  // namespace

std::vector<ConnectorPart> reopened_by(const GroupControl& control) {
  std::vector<ConnectorPart> parts;
  if (!control.has_events()) return parts;
  const std::string reason = reason_for(control.first, control.last);
  for (const ConnectorPart& part : control.connectors) {
    ConnectorPart reopened{part.connector, {}, {}};
    for (const LedgerRow& row : part.coverage) {
      if (was_stored(row)) {
        reopened.coverage.push_back(damaged_row(row, reason));
      } else if (row.coverage.kind == "window") {
        // What was asked stays true without the events of the group.
        reopened.coverage.push_back(uncounted(row));
      }
    }
    if (!reopened.coverage.empty()) parts.push_back(std::move(reopened));
  }
  return parts;
}

Result<std::vector<ConnectorPart>> reopened_by(const GroupPlace& place, Index& index) {
  auto rows = index.stored_with(place);
  if (!rows) return fail(rows.error());
  const std::string reason = reason_for(place.first, place.last);
  std::vector<ConnectorPart> parts;
  for (const LedgerRow& row : *rows) {
    if (!was_stored(row)) continue;
    if (parts.empty() || parts.back().connector != row.connector) {
      parts.push_back({row.connector, {}, {}});
    }
    parts.back().coverage.push_back(damaged_row(row, reason));
  }
  return parts;
}

Result<ReplayEnd> replay_log(const std::string& store, Files& files, Index& index,
                             const ReplayPlan& plan) {
  return Replay{store, files, index, plan}.run();
}

}  // namespace cistern::journal
