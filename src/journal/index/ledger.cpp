#include "journal/index/ledger.hpp"

#include <algorithm>

namespace cistern::journal {
namespace {

constexpr Duration kKeepBlobs = std::chrono::hours{24 * 9};
constexpr Duration kKeepRows = std::chrono::hours{24 * 400};

std::uint64_t number_of(CoverageState state) {
  return static_cast<std::uint64_t>(state);
}

TimePoint key_of(const Coverage& coverage) {
  return coverage.kind == "window" ? coverage.from : TimePoint{};
}

/// Not to be had, at the vendor or any more in the store.
bool gone(CoverageState state) {
  return state == CoverageState::lost || state == CoverageState::damaged;
}

/// Lost windows have places of their own, so that a whole window with the same beginning does not
/// cover them up.
std::uint64_t lost_key_of(const Coverage& coverage) {
  return coverage.kind == "window" && gone(coverage.state) ? 1 : 0;
}

void add_sums(LedgerRow& row, const LedgerRow& other) {
  row.coverage.offered += other.coverage.offered;
  row.stored += other.stored;
  row.duplicates += other.duplicates;
  row.updated = std::max(row.updated, other.updated);
  row.coverage.expires = std::max(row.coverage.expires, other.coverage.expires);
}

LedgerRow row_of(const Database::Row& row) {
  LedgerRow result;
  result.connector = row.text(0);
  result.coverage.stream = row.text(1);
  result.coverage.kind = row.text(2);
  result.coverage.item = row.text(3);
  result.coverage.from = row.time(4);
  result.coverage.to = row.time(5);
  result.coverage.state = static_cast<CoverageState>(std::min<std::uint64_t>(row.number(6), 3));
  result.coverage.reason = row.text(7);
  result.coverage.expires = row.time(8);
  result.coverage.offered = row.number(9);
  result.stored = row.number(10);
  result.duplicates = row.number(11);
  result.updated = row.time(12);
  return result;
}

#define LEDGER_COLUMNS \
  "connector,stream,kind,item,starts,ends,state,reason,expires,offered,stored,duplicates,updated"

void put(Database& database, const LedgerRow& row) {
  const Coverage& c = row.coverage;
  database.run("INSERT OR REPLACE INTO ledger(" LEDGER_COLUMNS
               ",key,lost) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
               row.connector, c.stream, c.kind, c.item, c.from, c.to, number_of(c.state), c.reason,
               c.expires, c.offered, row.stored, row.duplicates, row.updated, key_of(c),
               lost_key_of(c));
}

void remove(Database& database, const LedgerRow& row) {
  const Coverage& c = row.coverage;
  database.run(
      "DELETE FROM ledger WHERE connector=? AND stream=? AND kind=? AND item=? AND key=? AND "
      "lost=?",
      row.connector, c.stream, c.kind, c.item, key_of(c), lost_key_of(c));
}

/// Windows of the stream that touch or overlap the row's.
std::vector<LedgerRow> neighbours(Database& database, const LedgerRow& row) {
  std::vector<LedgerRow> rows;
  database.each(
      "SELECT " LEDGER_COLUMNS
      " FROM ledger WHERE connector=? AND stream=? AND kind='window' AND item=?"
      " AND key<=? AND ends>=? ORDER BY key",
      [&](const Database::Row& found) { rows.push_back(row_of(found)); }, row.connector,
      row.coverage.stream, row.coverage.item, row.coverage.to, row.coverage.from);
  return rows;
}

bool lost_within(Database& database, const LedgerRow& row, TimePoint from, TimePoint to) {
  bool found = false;
  database.each(
      "SELECT 1 FROM ledger WHERE connector=? AND stream=? AND kind='window' AND item=?"
      " AND lost=1 AND key<? AND ends>? LIMIT 1",
      [&](const Database::Row&) { found = true; }, row.connector, row.coverage.stream,
      row.coverage.item, to, from);
  return found;
}

void apply_whole_window(Database& database, LedgerRow row) {
  for (const LedgerRow& other : neighbours(database, row)) {
    const Coverage& theirs = other.coverage;
    const bool same_start = theirs.from == row.coverage.from;
    const bool inside = theirs.from >= row.coverage.from && theirs.to <= row.coverage.to;
    bool take = false;
    switch (theirs.state) {
      case CoverageState::whole: {
        const TimePoint from = std::min(theirs.from, row.coverage.from);
        const TimePoint to = std::max(theirs.to, row.coverage.to);
        take = same_start || !lost_within(database, row, from, to);
        break;
      }
      case CoverageState::partial:
        take = same_start || inside;
        break;
      case CoverageState::lost:
      case CoverageState::damaged:
        take = same_start && inside;  // The same window, read after all.
        break;
    }
    if (!take) continue;
    remove(database, other);
    if (theirs.state == CoverageState::whole) {
      row.coverage.from = std::min(theirs.from, row.coverage.from);
      row.coverage.to = std::max(theirs.to, row.coverage.to);
    }
    add_sums(row, other);
  }
  put(database, row);
}

void apply_open_window(Database& database, LedgerRow row) {
  for (const LedgerRow& other : neighbours(database, row)) {
    const Coverage& theirs = other.coverage;
    if (theirs.from != row.coverage.from) continue;
    if (theirs.state == CoverageState::whole) {
      if (gone(row.coverage.state)) continue;
      if (theirs.to >= row.coverage.to) {
        LedgerRow kept = other;
        add_sums(kept, row);
        put(database, kept);
        return;
      }
      row.coverage.from = theirs.to;
      return apply_open_window(database, std::move(row));
    }
    remove(database, other);
    row.coverage.to = std::max(row.coverage.to, theirs.to);
    add_sums(row, other);
  }
  put(database, row);
}

void apply_item(Database& database, LedgerRow row) {
  const Coverage& c = row.coverage;
  std::vector<LedgerRow> before;
  database.each(
      "SELECT " LEDGER_COLUMNS
      " FROM ledger WHERE connector=? AND stream=? AND kind=? AND item=? AND key=0",
      [&](const Database::Row& found) { before.push_back(row_of(found)); }, row.connector, c.stream,
      c.kind, c.item);
  for (const LedgerRow& other : before)
    add_sums(row, other);
  put(database, row);
}

}  // namespace

void apply_coverage(Database& database, const LedgerRow& row) {
  if (row.coverage.kind != "window") return apply_item(database, row);
  if (row.coverage.state == CoverageState::whole) return apply_whole_window(database, row);
  apply_open_window(database, row);
}

void expire_coverage(Database& database, TimePoint now) {
  database.run("DELETE FROM ledger WHERE kind IN ('blob','object') AND state=1 AND ends<?",
               now - kKeepBlobs);
  database.run("DELETE FROM ledger WHERE ends<? AND ends<>0 AND updated<?", now - kKeepRows,
               now - kKeepRows);
}

std::vector<LedgerRow> read_coverage(Database& database, const std::string& connector) {
  std::vector<LedgerRow> rows;
  const auto collect = [&](const Database::Row& row) { rows.push_back(row_of(row)); };
  if (connector.empty()) {
    database.each("SELECT " LEDGER_COLUMNS
                  " FROM ledger ORDER BY connector,stream,kind,starts,item,lost",
                  collect);
  } else {
    database.each("SELECT " LEDGER_COLUMNS
                  " FROM ledger WHERE connector=? ORDER BY stream,kind,starts,item,lost",
                  collect, connector);
  }
  return rows;
}

}  // namespace cistern::journal
