// The read path of the index.
#include "journal/index/index.hpp"
#include "journal/index/index_rows.hpp"
#include "journal/index/ledger.hpp"

#include <algorithm>

namespace cistern::journal {
namespace {

Cursor cursor_of(const Database::Row& row) {
  return {row.number(1), row.text(2), row.number(3), row.number(4)};
}

template <class T>
Result<T> answer(Database& database, T value) {
  if (auto status = database.take_status(); !status) return fail(status.error());
  return value;
}

Failure row_damaged() {
  return {.verdict = Verdict::retry,
          .code = "journal/index-damaged",
          .cause = "a row of the index of the store does not match its sum",
          .consequence = "nothing is lost; the index is rebuilt from the log",
          .next_step = "check the disk of the store",
          .wait = std::chrono::seconds{1}};
}

/// Collects rows of GROUP_COLUMNS; one that does not match its sum makes the answer a failure.
class GroupRows {
 public:
  void operator()(const Database::Row& row) {
    auto group = group_from(row);
    if (group) {
      rows_.push_back(*group);
    } else {
      sound_ = false;
    }
  }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] const GroupRow& last() const { return rows_.back(); }
  void forget() { rows_.clear(); }
  Result<std::vector<GroupRow>> all(Database& database) {
    if (auto status = database.take_status(); !status) return fail(status.error());
    if (!sound_) return fail(row_damaged());
    return std::move(rows_);
  }
  Result<std::optional<GroupPlace>> one(Database& database) {
    return all(database).map([](const std::vector<GroupRow>& rows) {
      return rows.empty() ? std::nullopt : std::optional<GroupPlace>{rows.front().place};
    });
  }

 private:
  std::vector<GroupRow> rows_;
  bool sound_ = true;
};

}  // namespace

std::string Index::meta(std::string_view name) {
  std::string value;
  database_->each(
      "SELECT value FROM meta WHERE name=?", [&](const Database::Row& row) { value = row.text(0); },
      name);
  return value;
}

Status Index::read_mark() {
  const std::string text = meta("mark");
  if (auto status = database_->take_status(); !status) return status;
  if (text.empty()) return {};
  auto mark = mark_from(text);
  if (!mark) {
    return fail_stop("journal/index", "the index of the store does not match its sum",
                     "start cistern; it rebuilds the index from the log");
  }
  mark_ = std::move(*mark);
  return {};
}

Result<AppliedMark> Index::mark() {
  const std::lock_guard lock{mutex_};
  if (mode_ == DatabaseMode::read_only) {
    // Another process writes.
    if (auto status = read_mark(); !status) return fail(status.error());
  }
  return bulk_ ? working_ : mark_;
}

Status Index::check() {
  const std::lock_guard lock{mutex_};
  // A writer beside us changes rows and mark together, so they are read together.
  database_->script("BEGIN");
  std::string verdict;
  std::uint64_t rows = 0;
  for (const std::string_view table : RowDigest::tables()) {
    database_->each_once("PRAGMA quick_check('" + std::string{table} + "')",
                         [&](const Database::Row& row) {
                           if (verdict.empty() || verdict == "ok") verdict = row.text(0);
                         });
    rows += RowDigest::count(*database_, table);
  }
  auto mark = read_mark();
  database_->script("COMMIT");
  if (auto status = database_->take_status(); !status) return status;
  if (!mark) return mark;
  if (verdict == "ok" && rows != mark_.rows) verdict = "its rows do not match their sum";
  if (verdict == "ok") return {};
  return fail_stop("journal/index", "the index of the store is damaged: " + verdict,
                   "start cistern; it rebuilds the index from the log");
}

Result<std::vector<SegmentInfo>> Index::segments() {
  const std::lock_guard lock{mutex_};
  std::vector<SegmentInfo> segments;
  database_->each("SELECT first,last,size,newest FROM segments ORDER BY first",
                  [&](const Database::Row& row) {
                    segments.push_back({row.number(0), row.number(1), row.number(2), row.time(3)});
                  });
  return answer(*database_, std::move(segments));
}

Result<SegmentHeader> Index::snapshot() {
  const std::lock_guard lock{mutex_};
  SegmentHeader header;
  for (std::string& name : read_connectors()) {
    ConnectorPart part;
    part.connector = std::move(name);
    for (auto& [key, value] : read_position(part.connector))
      part.state.push_back({key, value});
    for (LedgerRow& row : read_coverage(*database_, part.connector)) {
      const bool counted = row.coverage.kind == "blob" || row.coverage.kind == "object";
      if (counted && row.coverage.state == CoverageState::whole) continue;
      part.coverage.push_back(std::move(row));
    }
    header.connectors.push_back(std::move(part));
  }
  header.cursors = read_cursors();
  header.set_aside = read_set_aside();
  header.totals = read_totals();
  header.missing = read_missing();
  header.renamed = read_renamed();
  return answer(*database_, std::move(header));
}

Result<std::optional<GroupPlace>> Index::group_at(Sequence sequence) {
  const std::lock_guard lock{mutex_};
  GroupRows rows;
  database_->each("SELECT " GROUP_COLUMNS " FROM groups WHERE first<=? ORDER BY first DESC LIMIT 1",
                  rows, sequence);
  if (rows.empty() || rows.last().place.last < sequence) {
    rows.forget();
    database_->each("SELECT " GROUP_COLUMNS " FROM groups WHERE first>? ORDER BY first LIMIT 1",
                    rows, sequence);
  }
  return rows.one(*database_);
}

Result<std::vector<GroupPlace>> Index::remembering(Sequence after, TimePoint since) {
  const std::lock_guard lock{mutex_};
  GroupRows rows;
  database_->each("SELECT " GROUP_COLUMNS " FROM groups WHERE last>? ORDER BY first", rows, after);
  return rows.all(*database_).map([&](const std::vector<GroupRow>& groups) {
    std::vector<GroupPlace> places;
    for (const GroupRow& group : groups) {
      if (group.remember && group.store_time >= since) places.push_back(group.place);
    }
    return places;
  });
}

Result<std::optional<GroupPlace>> Index::group_received(TimePoint received) {
  const std::lock_guard lock{mutex_};
  GroupRows rows;
  database_->each("SELECT " GROUP_COLUMNS
                  " FROM groups WHERE received_to>=? ORDER BY received_to, first LIMIT 1",
                  rows, received);
  return rows.one(*database_);
}

Result<std::optional<GroupPlace>> Index::group_before(Sequence sequence) {
  const std::lock_guard lock{mutex_};
  GroupRows rows;
  database_->each("SELECT " GROUP_COLUMNS " FROM groups WHERE first<? ORDER BY first DESC LIMIT 1",
                  rows, sequence);
  return rows.one(*database_);
}

Position Index::read_position(const std::string& connector) {
  Position position;
  database_->each(
      "SELECT key,value FROM positions WHERE connector=?",
      [&](const Database::Row& row) { position.emplace(row.text(0), row.text(1)); }, connector);
  return position;
}

std::vector<NamedCursor> Index::read_cursors() {
  std::vector<NamedCursor> cursors;
  database_->each(
      "SELECT name,next,state,delivered,skipped FROM cursors ORDER BY name",
      [&](const Database::Row& row) { cursors.emplace_back(row.text(0), cursor_of(row)); });
  return cursors;
}

std::vector<SetAside> Index::read_set_aside() {
  std::vector<SetAside> items;
  database_->each("SELECT id,owner,item,sequence,reason,since FROM set_aside ORDER BY id",
                  [&](const Database::Row& row) {
                    items.push_back({row.number(0), row.text(1), row.text(2), row.number(3),
                                     row.text(4), row.time(5)});
                  });
  return items;
}

std::vector<StreamTotals> Index::read_totals() {
  std::vector<StreamTotals> totals;
  database_->each(
      "SELECT connector,stream,events,duplicates,problems,bytes,oldest,newest,received FROM totals"
      " ORDER BY connector,stream",
      [&](const Database::Row& row) {
        totals.push_back({row.text(0), row.text(1), row.number(2), row.number(3), row.number(4),
                          row.number(5), row.time(6), row.time(7), row.time(8)});
      });
  return totals;
}

std::vector<std::string> Index::read_connectors() {
  std::vector<std::string> names;
  database_->each("SELECT name FROM connectors ORDER BY name",
                  [&](const Database::Row& row) { names.push_back(row.text(0)); });
  return names;
}

std::vector<Hole> Index::read_missing() {
  std::vector<Hole> holes;
  database_->each("SELECT first,last,reason FROM missing ORDER BY first",
                  [&](const Database::Row& row) {
                    holes.push_back({row.number(0), row.number(1), row.text(2)});
                  });
  return holes;
}

Result<Position> Index::position(const std::string& connector) {
  const std::lock_guard lock{mutex_};
  return answer(*database_, read_position(connector));
}

Result<std::vector<ConnectorPart>> Index::keys(std::string_view prefix) {
  const std::lock_guard lock{mutex_};
  std::vector<ConnectorPart> parts;
  database_->each(
      "SELECT connector,key,value FROM positions WHERE substr(key,1,length(?1))=?1 "
      "ORDER BY connector,key",
      [&](const Database::Row& row) {
        const std::string connector{row.text(0)};
        if (parts.empty() || parts.back().connector != connector)
          parts.push_back({connector, {}, {}});
        parts.back().state.push_back({std::string{row.text(1)}, std::string{row.text(2)}});
      },
      prefix);
  return answer(*database_, std::move(parts));
}

Result<std::vector<NamedCursor>> Index::cursors() {
  const std::lock_guard lock{mutex_};
  return answer(*database_, read_cursors());
}

Result<std::vector<LedgerRow>> Index::ledger(const std::string& connector) {
  const std::lock_guard lock{mutex_};
  return answer(*database_, read_coverage(*database_, connector));
}

Result<std::vector<LedgerRow>> Index::stored_with(const GroupPlace& place) {
  constexpr Duration kSlowestItem = std::chrono::hours{1};
  const std::lock_guard lock{mutex_};
  GroupRows near;
  database_->each("SELECT " GROUP_COLUMNS " FROM groups WHERE first<=? ORDER BY first DESC LIMIT 2",
                  near, place.first);
  auto groups = near.all(*database_);
  if (!groups) return fail(groups.error());
  std::vector<LedgerRow> rows;
  if (groups->empty() || groups->front().place.first != place.first) return rows;
  const TimePoint to = groups->front().received_to;
  const TimePoint from =
      groups->size() > 1 ? std::min(groups->back().received_to, to) : TimePoint{};
  for (const std::string& connector : read_connectors()) {
    for (LedgerRow& row : read_coverage(*database_, connector)) {
      const bool meanwhile = row.updated >= from && row.updated <= to + kSlowestItem;
      if (meanwhile && row.coverage.kind != "window") rows.push_back(std::move(row));
    }
  }
  return answer(*database_, std::move(rows));
}

Result<std::vector<StreamTotals>> Index::totals() {
  const std::lock_guard lock{mutex_};
  return answer(*database_, read_totals());
}

Result<std::vector<SetAside>> Index::set_aside() {
  const std::lock_guard lock{mutex_};
  return answer(*database_, read_set_aside());
}

Result<std::vector<std::string>> Index::connectors() {
  const std::lock_guard lock{mutex_};
  return answer(*database_, read_connectors());
}

Result<std::vector<Hole>> Index::missing() {
  const std::lock_guard lock{mutex_};
  auto holes = read_missing();
  holes.insert(holes.end(), noted_.begin(), noted_.end());
  return answer(*database_, std::move(holes));
}

void Index::note_missing(Hole hole) {
  const std::lock_guard lock{mutex_};
  if (hole.from != 0 && hole.to >= hole.from) noted_.push_back(std::move(hole));
}

Result<std::vector<std::pair<std::string, std::string>>> Index::digests() {
  const std::lock_guard lock{mutex_};
  std::vector<std::pair<std::string, std::string>> digests;
  for (const std::string_view table : RowDigest::tables()) {
    // An index made anew may know fewer whole blobs (they are in no header), connectors that are
    // gone, and segments that held nothing.
    if (table == "ledger" || table == "connectors" || table == "segments") continue;
    digests.emplace_back(table, std::to_string(RowDigest::count(*database_, table)));
  }
  digests.emplace_back("groups", std::to_string(RowDigest::count(*database_, "groups")));
  return answer(*database_, std::move(digests));
}

}  // namespace cistern::journal
