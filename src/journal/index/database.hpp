// A thin shell around SQLite that remembers its first failure.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_context;
struct sqlite3_value;
struct sqlite3_stmt;

namespace cistern::journal {

enum class DatabaseMode : std::uint8_t { write, read_only, memory };

/// After the first failure nothing more is executed until take_status() has reported it, so that a
/// transaction of many statements needs one check at its end. One thread at a time.
class Database {
 public:
  /// A column of the current row. Texts are valid until the next row.
  class Row {
   public:
    explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
    [[nodiscard]] std::uint64_t number(int column) const;
    [[nodiscard]] TimePoint time(int column) const;
    [[nodiscard]] std::string text(int column) const;

   private:
    sqlite3_stmt* statement_;
  };

  /// `vfs`: the name of SQLite's way to the file; empty for its own.
  static Result<std::unique_ptr<Database>> open(const std::string& path, DatabaseMode mode,
                                                const std::string& vfs);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Executes a statement without rows; the arguments take the places of `?`.
  template <class... Arguments>
  void run(const char* sql, const Arguments&... arguments) {
    each(
        sql, [](const Row&) {}, arguments...);
  }
  /// Calls `row` for each row.
  template <class Each, class... Arguments>
  void each(const char* sql, Each&& row, const Arguments&... arguments) {
    sqlite3_stmt* statement = prepare(sql);
    if (statement == nullptr) return;
    int place = 0;
    (bind(statement, ++place, arguments), ...);
    const Row view{statement};
    while (step(statement))
      row(view);
    reset(statement);
  }
  /// The same for a text made at run time; the statement is not kept.
  template <class Each>
  void each_once(const std::string& sql, Each&& row) {
    sqlite3_stmt* statement = compile(sql.c_str());
    if (statement == nullptr) return;
    const Row view{statement};
    while (step(statement))
      row(view);
    finalize(statement);
  }
  /// Executes statements separated by semicolons.
  void script(const std::string& sql);
  /// Makes a function of any number of arguments known to SQL; it may be used by triggers of this
  /// connection.
  void add_function(const char* name, void* data,
                    void (*call)(sqlite3_context*, int, sqlite3_value**));
  /// Replaces everything in this database by what is in the other one.
  Status copy_from(Database& other);

  [[nodiscard]] bool failed() const { return failed_; }
  /// The first failure since the last call ("journal/index"), or success.
  Status take_status();

 private:
  explicit Database(sqlite3* handle) : handle_(handle) {}
  sqlite3_stmt* prepare(const char* sql);
  sqlite3_stmt* compile(const char* sql);
  static void finalize(sqlite3_stmt* statement);
  bool step(sqlite3_stmt* statement);
  void reset(sqlite3_stmt* statement);
  void bind(sqlite3_stmt* statement, int place, std::uint64_t value);
  void bind(sqlite3_stmt* statement, int place, TimePoint value);
  void bind(sqlite3_stmt* statement, int place, std::string_view value);
  void remember_failure();

  sqlite3* handle_;
  /// Prepared once each; the keys are literals in our code, so their number is bounded.
  std::map<std::string_view, sqlite3_stmt*> statements_;
  bool failed_ = false;
  Failure failure_;
};

}  // namespace cistern::journal
