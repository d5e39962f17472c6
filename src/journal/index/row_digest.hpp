// A sum over the rows of the index, kept up to date with every change of them.
//
// SQLite notices neither a changed byte in a value nor a row that is gone, and a wrong position,
// cursor or ledger row would lose or repeat events, or tell an untruth about them. The sum is
// stored with the mark that says how far the index has followed the log, in the same transaction.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_context;
struct sqlite3_value;

namespace cistern::journal {

class Database;

/// Watches the tables of one connection by triggers that exist for it alone, so that what the
/// `sqlite3` shell changes is noticed. One thread at a time.
class RowDigest {
 public:
  /// Tables whose rows count. `groups` is not among them: it is large, and each of its rows carries
  /// a sum of its own that every reader checks.
  static std::span<const std::string_view> tables();

  /// Makes `row_sum(table, columns...)` known to the connection; `watch` also sets the triggers,
  /// for a connection that writes. The object must outlive the connection.
  void attach(Database& database, bool watch);

  /// The sum as the changes since set() leave it.
  [[nodiscard]] std::uint64_t value() const { return value_; }
  /// Begins with the sum of a state; after a rollback the caller sets it back.
  void set(std::uint64_t value) { value_ = value; }

  /// Adds up all rows of a table as they are.
  static std::uint64_t count(Database& database, std::string_view table);

 private:
  static void change(sqlite3_context* context, int count, sqlite3_value** values);
  static void sum(sqlite3_context* context, int count, sqlite3_value** values);

  std::uint64_t value_ = 0;
};

}  // namespace cistern::journal
