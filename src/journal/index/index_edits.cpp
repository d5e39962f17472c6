// Changes that a person asked for, in the index.
#include "journal/index/index.hpp"
#include "journal/index/index_rows.hpp"

namespace cistern::journal {

void Index::apply_edit(const StoreEdit& edit) {
  switch (edit.kind) {
    case StoreEdit::Kind::rename_connector:
      return rename_connector(edit.name, edit.to);
    case StoreEdit::Kind::remove_connector:
      return remove_connector(edit.name);
    case StoreEdit::Kind::forget_reader:
      database_->run("DELETE FROM cursors WHERE name=?", edit.name);
      database_->run("DELETE FROM set_aside WHERE owner=?", "destination/" + edit.name);
      return;
    case StoreEdit::Kind::drop_set_aside:
      database_->run("DELETE FROM set_aside WHERE id=?", edit.id);
      return;
  }
}

/// What the present name had of its own gives way: a position must be one connector's, whole.
void Index::rename_connector(const std::string& former, const std::string& present) {
  if (former == present) return;
  database_->run("DELETE FROM positions WHERE connector=?", present);
  for (const auto& [key, value] : read_position(former))
    put_position(*database_, present, key, value);
  database_->run("DELETE FROM positions WHERE connector=?", former);
  database_->run("UPDATE OR REPLACE ledger SET connector=? WHERE connector=?", present, former);
  for (StreamTotals totals : read_totals()) {
    if (totals.connector != former) continue;
    totals.connector = present;
    apply_totals(totals);
  }
  database_->run("DELETE FROM totals WHERE connector=?", former);
  database_->run("UPDATE OR REPLACE cursors SET name=? WHERE name=?", deriver_cursor(present),
                 deriver_cursor(former));
  database_->run("UPDATE OR REPLACE set_aside SET owner=? WHERE owner=?", "connector/" + present,
                 "connector/" + former);
  database_->run("DELETE FROM connectors WHERE name=?", former);
  database_->run("INSERT OR IGNORE INTO connectors VALUES(?)", present);
  database_->run("UPDATE renamed SET present=? WHERE present=?", present, former);
  database_->run("INSERT OR REPLACE INTO renamed VALUES(?,?)", former, present);
  // A name that is used again speaks for itself.
  database_->run("DELETE FROM renamed WHERE former=?", present);
}

void Index::remove_connector(const std::string& name) {
  database_->run("DELETE FROM positions WHERE connector=?", name);
  database_->run("DELETE FROM ledger WHERE connector=?", name);
  database_->run("DELETE FROM totals WHERE connector=?", name);
  database_->run("DELETE FROM set_aside WHERE owner=?", "connector/" + name);
  database_->run("DELETE FROM cursors WHERE name=?", deriver_cursor(name));
  database_->run("DELETE FROM connectors WHERE name=?", name);
  database_->run("DELETE FROM renamed WHERE present=?", name);
}

std::vector<Renamed> Index::read_renamed() {
  bool known = false;
  database_->each("SELECT 1 FROM sqlite_master WHERE type='table' AND name='renamed'",
                  [&](const Database::Row&) { known = true; });
  std::vector<Renamed> names;
  if (!known) return names;
  database_->each("SELECT former,present FROM renamed ORDER BY former",
                  [&](const Database::Row& row) {
                    names.push_back({row.text(0), row.text(1)});
                  });
  return names;
}

Result<std::vector<Renamed>> Index::renamed() {
  const std::lock_guard lock{mutex_};
  auto names = read_renamed();
  if (auto status = database_->take_status(); !status) return fail(status.error());
  return names;
}

}  // namespace cistern::journal
