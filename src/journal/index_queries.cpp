// The read path of the index.
#include "base/ids.hpp"
#include "journal/index.hpp"
#include "journal/index_rows.hpp"
#include "journal/ledger.hpp"

#include <charconv>

namespace cistern::journal {
namespace {

std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

#define GROUP_COLUMNS "segment,offset,size,data,lines,first,last"

GroupPlace place_of(const Database::Row& row) {
  return {row.number(0), row.number(1), row.number(2), row.number(3),
          row.number(4), row.number(5), row.number(6)};
}

Cursor cursor_of(const Database::Row& row) {
  return {row.number(1), row.text(2), row.number(3), row.number(4)};
}

template <class T>
Result<T> answer(Database& database, T value) {
  if (auto status = database.take_status(); !status) return fail(status.error());
  return value;
}

}  // namespace

std::string Index::meta(std::string_view name) {
  std::string value;
  database_->each(
      "SELECT value FROM meta WHERE name=?", [&](const Database::Row& row) { value = row.text(0); },
      name);
  return value;
}

std::string mark_text(const AppliedMark& mark) {
  std::string text = std::to_string(mark.segment) + ' ' + std::to_string(mark.offset) + ' ' +
                     std::to_string(mark.group) + ' ' + std::to_string(mark.last) + ' ' +
                     std::to_string(mark.removed_before) + ' ' + (mark.clean ? "1 " : "0 ") +
                     (mark.store.empty() ? "-" : mark.store) + ' ' +
                     (mark.boot.empty() ? "-" : mark.boot);
  const std::string sum = to_hex(make_identity({text}));
  return text + ' ' + sum;
}

std::optional<AppliedMark> mark_from(std::string_view text) {
  const auto end = text.rfind(' ');
  if (end == std::string_view::npos) return std::nullopt;
  if (text.substr(end + 1) != to_hex(make_identity({text.substr(0, end)}))) return std::nullopt;
  text = text.substr(0, end);
  const auto next = [&text] {
    const auto blank = text.find(' ');
    const std::string_view word = text.substr(0, blank);
    text.remove_prefix(blank == std::string_view::npos ? text.size() : blank + 1);
    return word == "-" ? std::string_view{} : word;
  };
  AppliedMark mark;
  mark.segment = number_of(next());
  mark.offset = number_of(next());
  mark.group = number_of(next());
  mark.last = number_of(next());
  mark.removed_before = std::max<Sequence>(1, number_of(next()));
  mark.clean = next() == "1";
  mark.store = next();
  mark.boot = next();
  return mark;
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
  std::string verdict;
  // The table of groups is left out: it is large, and readers compare what they find with the log.
  const auto keep = [&](const Database::Row& row) {
    if (verdict.empty() || verdict == "ok") verdict = row.text(0);
  };
  database_->each("PRAGMA quick_check('meta')", keep);
  database_->each("PRAGMA quick_check('segments')", keep);
  database_->each("PRAGMA quick_check('positions')", keep);
  database_->each("PRAGMA quick_check('cursors')", keep);
  database_->each("PRAGMA quick_check('ledger')", keep);
  database_->each("PRAGMA quick_check('totals')", keep);
  database_->each("PRAGMA quick_check('set_aside')", keep);
  database_->each("SELECT connector,key,value,sum FROM positions", [&](const Database::Row& row) {
    if (row.text(3) != sum_of_position(row.text(0), row.text(1), row.text(2))) {
      verdict = "a position does not match its sum";
    }
  });
  database_->each("SELECT name,next,state,delivered,skipped,sum FROM cursors",
                  [&](const Database::Row& row) {
                    if (row.text(5) != sum_of_cursor({row.text(0), cursor_of(row)})) {
                      verdict = "a cursor does not match its sum";
                    }
                  });
  if (auto status = database_->take_status(); !status) return status;
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
  return answer(*database_, std::move(header));
}

Result<std::optional<GroupPlace>> Index::group_at(Sequence sequence) {
  const std::lock_guard lock{mutex_};
  std::optional<GroupPlace> place;
  const auto keep = [&](const Database::Row& row) { place = place_of(row); };
  database_->each("SELECT " GROUP_COLUMNS " FROM groups WHERE first<=? ORDER BY first DESC LIMIT 1",
                  keep, sequence);
  if (!place || place->last < sequence) {
    place.reset();
    database_->each("SELECT " GROUP_COLUMNS " FROM groups WHERE first>? ORDER BY first LIMIT 1",
                    keep, sequence);
  }
  return answer(*database_, place);
}

Result<std::vector<GroupPlace>> Index::remembering(Sequence after, TimePoint since) {
  const std::lock_guard lock{mutex_};
  std::vector<GroupPlace> places;
  database_->each(
      "SELECT " GROUP_COLUMNS
      " FROM groups WHERE last>? AND received_to>=? AND remember=1 ORDER BY first",
      [&](const Database::Row& row) { places.push_back(place_of(row)); }, after, since);
  return answer(*database_, std::move(places));
}

Result<std::optional<GroupPlace>> Index::group_received(TimePoint received) {
  const std::lock_guard lock{mutex_};
  std::optional<GroupPlace> place;
  database_->each(
      "SELECT " GROUP_COLUMNS
      " FROM groups WHERE received_to>=? ORDER BY received_to, first LIMIT 1",
      [&](const Database::Row& row) { place = place_of(row); }, received);
  return answer(*database_, place);
}

Result<std::optional<GroupPlace>> Index::group_before(Sequence sequence) {
  const std::lock_guard lock{mutex_};
  std::optional<GroupPlace> place;
  database_->each(
      "SELECT " GROUP_COLUMNS " FROM groups WHERE first<? ORDER BY first DESC LIMIT 1",
      [&](const Database::Row& row) { place = place_of(row); }, sequence);
  return answer(*database_, place);
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

Result<std::vector<NamedCursor>> Index::cursors() {
  const std::lock_guard lock{mutex_};
  return answer(*database_, read_cursors());
}

Result<std::vector<LedgerRow>> Index::ledger(const std::string& connector) {
  const std::lock_guard lock{mutex_};
  return answer(*database_, read_coverage(*database_, connector));
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
  return answer(*database_, read_missing());
}

Result<std::vector<std::pair<std::string, std::string>>> Index::digests() {
  const std::lock_guard lock{mutex_};
  std::vector<std::pair<std::string, std::string>> digests;
  const auto digest = [&](const char* table, const char* sql) {
    std::string sum;
    database_->each(sql, [&](const Database::Row& row) {
      sum = to_hex(make_identity({sum, row.text(0)}));
    });
    digests.emplace_back(table, sum);
  };
  digest(
      "groups",
      "SELECT first||' '||last||' '||segment||' '||offset||' '||size FROM groups ORDER BY first");
  digest("positions", "SELECT sum FROM positions ORDER BY connector,key");
  digest("cursors", "SELECT sum FROM cursors ORDER BY name");
  digest("set_aside", "SELECT id||owner||' '||item||' '||reason FROM set_aside ORDER BY id");
  digest("totals",
         "SELECT connector||' '||stream||' '||events||' '||duplicates||' '||problems||' '||bytes"
         " FROM totals ORDER BY connector,stream");
  return answer(*database_, std::move(digests));
}

}  // namespace cistern::journal
