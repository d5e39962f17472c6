#include "journal/index/index_schema.hpp"

#include "journal/index/database.hpp"

#include <set>
#include <string>

namespace cistern::journal {
namespace {

constexpr const char* kSchema = R"sql(
CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS segments(first INTEGER PRIMARY KEY, last INTEGER NOT NULL,
  size INTEGER NOT NULL, newest INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS groups(first INTEGER PRIMARY KEY, last INTEGER NOT NULL,
  segment INTEGER NOT NULL, offset INTEGER NOT NULL, size INTEGER NOT NULL,
  data INTEGER NOT NULL, lines INTEGER NOT NULL, received_to INTEGER NOT NULL,
  store_time INTEGER NOT NULL, remember INTEGER NOT NULL, sum INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS groups_received ON groups(received_to);
CREATE TABLE IF NOT EXISTS connectors(name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS positions(connector TEXT NOT NULL, key TEXT NOT NULL,
  value TEXT NOT NULL, PRIMARY KEY(connector, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cursors(name TEXT PRIMARY KEY, next INTEGER NOT NULL,
  state TEXT NOT NULL, delivered INTEGER NOT NULL, skipped INTEGER NOT NULL)
  WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ledger(connector TEXT NOT NULL, stream TEXT NOT NULL,
  kind TEXT NOT NULL, item TEXT NOT NULL, key INTEGER NOT NULL, lost INTEGER NOT NULL,
  starts INTEGER NOT NULL, ends INTEGER NOT NULL, state INTEGER NOT NULL, reason TEXT NOT NULL,
  expires INTEGER NOT NULL, offered INTEGER NOT NULL, stored INTEGER NOT NULL,
  duplicates INTEGER NOT NULL, updated INTEGER NOT NULL,
  PRIMARY KEY(connector, stream, kind, item, key, lost)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS set_aside(id INTEGER PRIMARY KEY, owner TEXT NOT NULL,
  item TEXT NOT NULL, sequence INTEGER NOT NULL, reason TEXT NOT NULL, since INTEGER NOT NULL,
  UNIQUE(owner, item));
CREATE TABLE IF NOT EXISTS totals(connector TEXT NOT NULL, stream TEXT NOT NULL,
  events INTEGER NOT NULL, duplicates INTEGER NOT NULL, problems INTEGER NOT NULL,
  bytes INTEGER NOT NULL, oldest INTEGER NOT NULL, newest INTEGER NOT NULL,
  received INTEGER NOT NULL, PRIMARY KEY(connector, stream)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS missing(first INTEGER PRIMARY KEY, last INTEGER NOT NULL,
  reason TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS renamed(former TEXT PRIMARY KEY, present TEXT NOT NULL) WITHOUT ROWID;
)sql";

Result<std::set<std::string>> described(Database& database) {
  std::set<std::string> parts;
  database.each("SELECT type||' '||name||' of '||tbl_name||': '||ifnull(sql,'') FROM sqlite_master",
                [&](const Database::Row& row) { parts.insert(row.text(0)); });
  if (auto status = database.take_status(); !status) return fail(status.error());
  return parts;
}

}  // namespace

void create_schema(Database& database) {
  database.script(kSchema);
}

Status check_schema(Database& database) {
  auto model = Database::open({}, DatabaseMode::memory, {});
  if (!model) return fail(model.error());
  create_schema(**model);
  const auto expected = described(**model);
  if (!expected) return fail(expected.error());
  const auto found = described(database);
  if (!found) return fail(found.error());
  for (const std::string& part : *expected) {
    if (found->contains(part)) continue;
    return fail({.verdict = Verdict::retry,
                 .code = "journal/index-damaged",
                 .cause = "the index of the store lacks, or has changed: " + part,
                 .consequence = "nothing is lost; the index is rebuilt from the log",
                 .next_step = "check the disk of the store",
                 .wait = std::chrono::seconds{1}});
  }
  return {};
}

}  // namespace cistern::journal
