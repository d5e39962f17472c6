#include "journal/readable_journal.hpp"

#include "journal/hole_name.hpp"

#include <algorithm>
#include <set>

namespace cistern::journal {
namespace {

constexpr std::size_t kAnswersKept = 4096;

class SourceReader final : public Reader {
 public:
  explicit SourceReader(GroupSource& source) : source_(source) {}
  Result<ReadResult> read(Sequence next) override { return source_.read(next); }

 private:
  GroupSource& source_;
};

}  // namespace

ReadableJournal::ReadableJournal(Parts parts)
    : store_id_(std::move(parts.store_id)),
      index_(std::move(parts.index)),
      cache_(std::move(parts.cache)),
      source_(std::move(parts.path), parts.files, *index_, cache_.get(), std::move(parts.alarms)) {}

std::unique_ptr<Reader> ReadableJournal::reader() {
  return std::make_unique<SourceReader>(source_);
}

Result<Position> ReadableJournal::position(const std::string& connector) {
  return index_->position(connector);
}

Result<std::optional<Cursor>> ReadableJournal::cursor(const std::string& name) {
  auto cursors = index_->cursors();
  if (!cursors) return fail(cursors.error());
  for (auto& [known, cursor] : *cursors) {
    if (known == name) return std::optional<Cursor>{std::move(cursor)};
  }
  return std::optional<Cursor>{};
}

Result<std::vector<NamedCursor>> ReadableJournal::cursors() {
  return index_->cursors();
}

Result<Sequence> ReadableJournal::sequence_at(TimePoint received) {
  return source_.sequence_at(received);
}

Result<std::vector<LedgerRow>> ReadableJournal::ledger(const std::string& connector) {
  return index_->ledger(connector);
}

Result<StoreDamage> ReadableJournal::damage(const std::string& connector) {
  StoreDamage damage;
  auto missing = index_->missing();
  if (!missing) return fail(missing.error());
  std::set<std::string> names;
  for (const Hole& hole : *missing) {
    damage.through = std::max(damage.through, hole.to);
    names.insert(hole_name(hole));
  }
  // Rows are many, and most stores have lost nothing.
  if (damage.through == 0) return damage;
  for (const std::string& name : names) {
    damage.items.push_back({.stream = {},
                            .kind = std::string{kMendedKind},
                            .item = name,
                            .state = CoverageState::damaged,
                            .reason = {}});
  }
  auto rows = index_->ledger(connector);
  if (!rows) return fail(rows.error());
  for (LedgerRow& row : *rows) {
    if (row.coverage.kind != "window") damage.items.push_back(std::move(row.coverage));
  }
  return damage;
}

Result<std::vector<StreamTotals>> ReadableJournal::totals() {
  return index_->totals();
}

Result<std::vector<SetAside>> ReadableJournal::set_aside_list() {
  return index_->set_aside();
}

Result<std::vector<std::string>> ReadableJournal::connectors() {
  return index_->connectors();
}

Result<std::vector<Renamed>> ReadableJournal::renamed() {
  return index_->renamed();
}

Result<std::optional<Sequence>> ReadableJournal::find(const Identity& identity) {
  auto mark = index_->mark();
  if (!mark) return fail(mark.error());
  {
    const std::lock_guard lock{found_mutex_};
    const auto known = found_.find(identity);
    if (known != found_.end() && known->second >= mark->removed_before) {
      return std::optional<Sequence>{known->second};
    }
  }
  auto sequence = source_.find(identity);
  if (sequence && *sequence) {
    const std::lock_guard lock{found_mutex_};
    if (found_.size() >= kAnswersKept) found_.clear();
    found_[identity] = **sequence;
  }
  return sequence;
}

}  // namespace cistern::journal
