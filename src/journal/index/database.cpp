#include "journal/index/database.hpp"

#include <utility>

#include <sqlite3.h>

namespace cistern::journal {
namespace {

constexpr int kBusyMilliseconds = 5000;

/// What the machine may be short of. All statements are ours and fit our schema, so anything else
/// shows a file that is no longer what we wrote: also an unknown column (the schema is kept as
/// text), and a file that may only be read (its header names an unknown format). On a disk that is
/// really read-only the rebuilding says so.
bool may_go_away(int code) {
  switch (code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_INTERRUPT:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_TOOBIG:
      return true;
    default:
      return false;
  }
}

Failure index_failure(sqlite3* handle) {
  const int code = handle == nullptr ? SQLITE_NOMEM : sqlite3_errcode(handle);
  std::string cause = "the index of the store: ";
  cause += handle == nullptr ? "out of memory" : sqlite3_errmsg(handle);
  const bool damaged = !may_go_away(code);
  const bool full = code == SQLITE_FULL || code == SQLITE_IOERR;
  return {.verdict = Verdict::retry,
          .code = damaged ? "journal/index-damaged" : "journal/index",
          .cause = std::move(cause),
          .consequence = "nothing is lost; the index is brought up to date from the log",
          .next_step = full ? "free space on the disk of the store"
                            : "if it does not go away, restart cistern; it rebuilds the index",
          .wait = std::chrono::seconds{1}};
}

}  // namespace

std::uint64_t Database::Row::number(int column) const {
  return static_cast<std::uint64_t>(sqlite3_column_int64(statement_, column));
}

TimePoint Database::Row::time(int column) const {
  return TimePoint{Duration{sqlite3_column_int64(statement_, column)}};
}

std::string Database::Row::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  const int size = sqlite3_column_bytes(statement_, column);
  return bytes == nullptr ? std::string{} : std::string(bytes, static_cast<std::size_t>(size));
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, DatabaseMode mode,
                                                 const std::string& vfs) {
  sqlite3* handle = nullptr;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  if (mode == DatabaseMode::read_only) flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
  const std::string name = mode == DatabaseMode::memory ? ":memory:" : path;
  if (sqlite3_open_v2(name.c_str(), &handle, flags, vfs.empty() ? nullptr : vfs.c_str()) !=
      SQLITE_OK) {
    Failure failure = index_failure(handle);
    sqlite3_close_v2(handle);
    return fail(std::move(failure));
  }
  sqlite3_busy_timeout(handle, kBusyMilliseconds);
  std::unique_ptr<Database> database{new Database(handle)};
  // The log is the truth and is synced; the index is replayed from it.
  if (mode == DatabaseMode::write) {
    database->script("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA temp_store=MEMORY;");
  }
  database->script("PRAGMA trusted_schema=OFF; PRAGMA cache_size=-4096;");
  if (auto status = database->take_status(); !status) return fail(status.error());
  return database;
}

Database::~Database() {
  for (auto& [sql, statement] : statements_)
    sqlite3_finalize(statement);
  sqlite3_close_v2(handle_);
}

sqlite3_stmt* Database::prepare(const char* sql) {
  if (failed_) return nullptr;
  const auto found = statements_.find(sql);
  if (found != statements_.end()) return found->second;
  sqlite3_stmt* statement = compile(sql);
  if (statement != nullptr) statements_.emplace(sql, statement);
  return statement;
}

sqlite3_stmt* Database::compile(const char* sql) {
  if (failed_) return nullptr;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(handle_, sql, -1, &statement, nullptr) != SQLITE_OK) {
    remember_failure();
    return nullptr;
  }
  return statement;
}

void Database::finalize(sqlite3_stmt* statement) {
  sqlite3_finalize(statement);
}

bool Database::step(sqlite3_stmt* statement) {
  if (failed_) return false;
  const int code = sqlite3_step(statement);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) remember_failure();
  return false;
}

void Database::reset(sqlite3_stmt* statement) {
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
}

void Database::bind(sqlite3_stmt* statement, int place, std::uint64_t value) {
  sqlite3_bind_int64(statement, place, static_cast<sqlite3_int64>(value));
}

void Database::bind(sqlite3_stmt* statement, int place, TimePoint value) {
  sqlite3_bind_int64(statement, place, value.time_since_epoch().count());
}

void Database::bind(sqlite3_stmt* statement, int place, std::string_view value) {
  // A null pointer would become NULL, which no column allows. Texts that are not UTF-8 are compared
  // byte by byte like all others, as long as nothing asks SQLite to count their characters.
  sqlite3_bind_text64(statement, place, value.empty() ? "" : value.data(), value.size(),
                      SQLITE_TRANSIENT, SQLITE_UTF8);
}

void Database::script(const std::string& sql) {
  if (failed_) return;
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    remember_failure();
  }
}

void Database::add_function(const char* name, void* data,
                            void (*call)(sqlite3_context*, int, sqlite3_value**)) {
  if (failed_) return;
  if (sqlite3_create_function(handle_, name, -1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, data, call,
                              nullptr, nullptr) != SQLITE_OK) {
    remember_failure();
  }
}

Status Database::copy_from(Database& other) {
  sqlite3_backup* backup = sqlite3_backup_init(handle_, "main", other.handle_, "main");
  if (backup == nullptr) return fail(index_failure(handle_));
  sqlite3_backup_step(backup, -1);
  if (sqlite3_backup_finish(backup) != SQLITE_OK) return fail(index_failure(handle_));
  return {};
}

void Database::remember_failure() {
  if (failed_) return;
  failed_ = true;
  failure_ = index_failure(handle_);
}

Status Database::take_status() {
  if (!std::exchange(failed_, false)) return {};
  return fail(std::exchange(failure_, Failure{}));
}

}  // namespace cistern::journal
