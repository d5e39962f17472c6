// The write path of the index. The read path is index_queries.cpp.
#include "journal/index/index.hpp"

#include "journal/index/index_rows.hpp"
#include "journal/index/index_schema.hpp"
#include "journal/index/ledger.hpp"
#include "journal/store_layout.hpp"

#include <algorithm>

namespace cistern::journal {

Result<std::unique_ptr<Index>> Index::open(const std::string& path, DatabaseMode mode,
                                           Files& files) {
  std::unique_ptr<Index> index{new Index(path, mode, files.database_vfs())};
  if (auto status = index->connect(); !status) return fail(status.error());
  return index;
}

Result<std::unique_ptr<Index>> Index::copy(Index& from, Files& files) {
  std::unique_ptr<Index> index{new Index({}, DatabaseMode::memory, files.database_vfs())};
  auto database = Database::open({}, DatabaseMode::memory, {});
  if (!database) return fail(database.error());
  index->database_ = std::move(*database);
  {
    const std::lock_guard lock{from.mutex_};
    if (auto status = index->database_->copy_from(*from.database_); !status) {
      return fail(status.error());
    }
  }
  index->digest_.attach(*index->database_, true);
  if (auto status = index->read_mark(); !status) return fail(status.error());
  return index;
}

Status Index::connect() {
  auto database =
      Database::open(path_, mode_, mode_ == DatabaseMode::memory ? std::string{} : vfs_);
  if (!database) return fail(database.error());
  database_ = std::move(*database);
  if (mode_ != DatabaseMode::read_only) create_schema(*database_);
  std::string version = meta("schema");
  if (mode_ != DatabaseMode::read_only && version.empty()) {
    set_meta("schema", kSchemaVersion);
    version = kSchemaVersion;
  }
  digest_.attach(*database_, mode_ != DatabaseMode::read_only);
  if (auto status = database_->take_status(); !status) return status;
  if (version != kSchemaVersion) {
    return fail_stop("journal/index", "the index of the store is of another version",
                     "start cistern once for writing; it rebuilds the index");
  }
  if (auto status = check_schema(*database_); !status) return status;
  return read_mark();
}

Status Index::recreate(Files& files) {
  const std::lock_guard lock{mutex_};
  database_.reset();
  mark_ = working_ = AppliedMark{};
  bulk_ = false;
  if (auto status = remove_database(path_, files); !status) return status;
  // SQLite would make the file readable for everybody whom the umask allows.
  if (auto file = files.open(path_, OpenMode::create_or_open); !file) return fail(file.error());
  return connect();
}

void Index::begin() {
  if (bulk_) return;
  working_ = mark_;
  digest_.set(mark_.rows);
  database_->script("BEGIN IMMEDIATE");
}

Status Index::end() {
  if (!bulk_) {
    write_mark();
    database_->script("COMMIT");
  }
  auto status = database_->take_status();
  if (status && !bulk_) mark_ = working_;
  if (!status) {
    database_->script("ROLLBACK");
    static_cast<void>(database_->take_status());
    bulk_ = false;
  }
  return status;
}

Status Index::begin_bulk() {
  const std::lock_guard lock{mutex_};
  begin();
  bulk_ = true;
  return database_->take_status();
}

Status Index::end_bulk() {
  const std::lock_guard lock{mutex_};
  bulk_ = false;
  return end();
}

Status Index::apply(const SegmentHeader& header, std::uint64_t header_size) {
  const std::lock_guard lock{mutex_};
  begin();
  replace_state(header);
  working_.store = header.store;
  working_.segment = header.first;
  working_.offset = header_size;
  working_.group = header.group;
  working_.last = header.last;
  working_.removed_before = header.removed_before;
  working_.store_time = std::max(working_.store_time, header.store_time);
  database_->run("INSERT OR REPLACE INTO segments VALUES(?,?,?,?)", header.first, header.first - 1,
                 header_size, header.store_time);
  // What an abandoned tail of the segment before had in common with this one counts only here.
  database_->run("DELETE FROM groups WHERE first>=?", header.first);
  return end();
}

void Index::replace_state(const SegmentHeader& header) {
  database_->script(
      "DELETE FROM positions; DELETE FROM cursors; DELETE FROM set_aside; DELETE FROM totals;"
      "DELETE FROM missing; DELETE FROM renamed; DELETE FROM ledger WHERE NOT (kind IN "
      "('blob','object') AND state=1);");
  for (const ConnectorPart& part : header.connectors) {
    database_->run("INSERT OR IGNORE INTO connectors VALUES(?)", part.connector);
    for (const StateChange& change : part.state) {
      if (change.value) put_position(*database_, part.connector, change.key, *change.value);
    }
    for (const LedgerRow& row : part.coverage)
      apply_coverage(*database_, row);
  }
  for (const NamedCursor& named : header.cursors)
    apply_cursor(named);
  for (const SetAside& item : header.set_aside)
    apply_set_aside(item);
  for (const StreamTotals& totals : header.totals)
    apply_totals(totals);
  for (const Hole& hole : header.missing)
    apply_missing(hole);
  for (const Renamed& name : header.renamed)
    database_->run("INSERT OR REPLACE INTO renamed VALUES(?,?)", name.former, name.present);
}

Status Index::apply(const GroupControl& control, Sequence segment, std::uint64_t end_offset) {
  const std::lock_guard lock{mutex_};
  for (const Hole& hole : control.missing) {
    std::erase_if(
        noted_, [&](const Hole& noted) { return noted.from >= hole.from && noted.to <= hole.to; });
  }
  begin();
  for (const ConnectorPart& part : control.connectors)
    apply_part(part);
  for (const NamedCursor& named : control.cursors)
    apply_cursor(named);
  for (const SetAside& item : control.set_aside)
    apply_set_aside(item);
  for (const StreamTotals& totals : control.streams)
    apply_totals(totals);
  if (control.has_events()) add_group(control, segment, end_offset);
  for (const Hole& hole : control.missing)
    apply_missing(hole);
  if (control.removed_before != 0) apply_removed_before(control.removed_before);
  for (const StoreEdit& edit : control.edits)
    apply_edit(edit);
  database_->run("UPDATE segments SET last=max(last,?), size=?, newest=max(newest,?) WHERE first=?",
                 control.last, end_offset, control.store_time, segment);
  working_.segment = segment;
  working_.offset = end_offset;
  working_.group = control.group;
  working_.last = control.last;
  working_.store_time = std::max(working_.store_time, control.store_time);
  return end();
}

void Index::apply_part(const ConnectorPart& part) {
  database_->run("INSERT OR IGNORE INTO connectors VALUES(?)", part.connector);
  for (const StateChange& change : part.state) {
    if (change.value) {
      put_position(*database_, part.connector, change.key, *change.value);
    } else {
      database_->run("DELETE FROM positions WHERE connector=? AND key=?", part.connector,
                     change.key);
    }
  }
  for (const LedgerRow& row : part.coverage)
    apply_coverage(*database_, row);
}

void Index::add_group(const GroupControl& control, Sequence segment, std::uint64_t end_offset) {
  put_group(*database_, {.place = {.segment = segment,
                                   .offset = control.offset,
                                   .size = end_offset - control.offset,
                                   .data = control.data,
                                   .lines = control.lines,
                                   .first = control.first,
                                   .last = control.last},
                         .received_to = control.received_to,
                         .store_time = control.store_time,
                         .remember = !control.remember.empty()});
}

void Index::apply_cursor(const NamedCursor& named) {
  put_cursor(*database_, named);
}

void Index::apply_set_aside(const SetAside& item) {
  database_->run(
      "INSERT OR REPLACE INTO set_aside VALUES(?,?,?,?,?,?) ON CONFLICT(owner,item) DO UPDATE SET"
      " sequence=excluded.sequence, reason=excluded.reason",
      item.id, item.owner, item.item, item.sequence, item.reason, item.since);
}

void Index::apply_totals(const StreamTotals& totals) {
  database_->run(
      "INSERT INTO totals VALUES(?,?,?,?,?,?,?,?,?) ON CONFLICT(connector,stream) DO UPDATE SET"
      " events=events+excluded.events, duplicates=duplicates+excluded.duplicates,"
      " problems=problems+excluded.problems, bytes=bytes+excluded.bytes,"
      " oldest=CASE WHEN oldest=0 THEN excluded.oldest WHEN excluded.oldest=0 THEN oldest"
      " ELSE min(oldest,excluded.oldest) END,"
      " newest=max(newest,excluded.newest), received=max(received,excluded.received)",
      totals.connector, totals.stream, totals.events, totals.duplicates, totals.problems,
      totals.bytes, totals.oldest, totals.newest, totals.last_received);
}

void Index::apply_missing(const Hole& hole) {
  if (hole.from == 0 || hole.to < hole.from) return;
  database_->run("INSERT OR REPLACE INTO missing VALUES(?,?,?)", hole.from, hole.to, hole.reason);
  database_->run("DELETE FROM groups WHERE first>=? AND last<=?", hole.from, hole.to);
}

void Index::apply_removed_before(Sequence sequence) {
  database_->run("DELETE FROM groups WHERE last<?", sequence);
  // The segment that is being written is never among them: it begins at or after the sequence.
  database_->run("DELETE FROM segments WHERE first<?", sequence);
  database_->run("DELETE FROM missing WHERE last<?", sequence);
  working_.removed_before = sequence;
}

Status Index::apply_cursors(const GroupControl& control) {
  const std::lock_guard lock{mutex_};
  begin();
  for (const NamedCursor& named : control.cursors)
    apply_cursor(named);
  for (const SetAside& item : control.set_aside)
    apply_set_aside(item);
  for (const StoreEdit& edit : control.edits)
    apply_edit(edit);
  return end();
}

Status Index::skip(Sequence segment, std::uint64_t end_offset) {
  const std::lock_guard lock{mutex_};
  begin();
  database_->run("UPDATE segments SET size=? WHERE first=?", end_offset, segment);
  working_.segment = segment;
  working_.offset = end_offset;
  return end();
}

Status Index::expire(TimePoint now) {
  const std::lock_guard lock{mutex_};
  begin();
  expire_coverage(*database_, now);
  return end();
}

Status Index::set_open(const std::string& store, const std::string& boot) {
  const std::lock_guard lock{mutex_};
  begin();
  working_.store = store;
  working_.boot = boot;
  working_.clean = false;
  return end();
}

Status Index::set_clean() {
  const std::lock_guard lock{mutex_};
  begin();
  working_.clean = true;
  return end();
}

Status Index::checkpoint() {
  const std::lock_guard lock{mutex_};
  database_->script("PRAGMA wal_checkpoint(TRUNCATE)");
  return database_->take_status();
}

void Index::set_meta(std::string_view name, std::string_view text) {
  database_->run("INSERT OR REPLACE INTO meta VALUES(?,?)", name, text);
}

void Index::write_mark() {
  working_.rows = digest_.value();
  set_meta("mark", mark_text(working_));
}

}  // namespace cistern::journal
