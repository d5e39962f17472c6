#include "journal/index/row_digest.hpp"

#include "base/ids.hpp"
#include "journal/identity/identity_bytes.hpp"
#include "journal/index/database.hpp"

#include <array>
#include <vector>

#include <sqlite3.h>

namespace cistern::journal {
namespace {

constexpr std::array<std::string_view, 9> kTables{"segments", "connectors", "positions",
                                                  "cursors",  "ledger",     "set_aside",
                                                  "totals",   "missing",    "renamed"};

/// Of a table's name and a row's values: each with its length, so that no two rows look alike.
std::uint64_t sum_of(int count, sqlite3_value** values) {
  std::string row;
  for (int i = 0; i < count; ++i) {
    if (sqlite3_value_type(values[i]) == SQLITE_INTEGER) {
      row += 'i';
      append_little(row, static_cast<std::uint64_t>(sqlite3_value_int64(values[i])));
      continue;
    }
    const auto* bytes = static_cast<const char*>(sqlite3_value_blob(values[i]));
    const auto size = static_cast<std::uint64_t>(sqlite3_value_bytes(values[i]));
    row += 't';
    append_little(row, size);
    if (bytes != nullptr) row.append(bytes, size);
  }
  return leading_bits(make_identity({row}));
}

std::vector<std::string> columns_of(Database& database, std::string_view table) {
  std::vector<std::string> columns;
  database.each(
      "SELECT name FROM pragma_table_info(?)",
      [&](const Database::Row& row) { columns.push_back(row.text(0)); }, table);
  return columns;
}

/// `'ledger',NEW.connector,NEW.stream`
std::string arguments(std::string_view table, const std::vector<std::string>& columns,
                      std::string_view row) {
  std::string text = "'" + std::string{table} + "'";
  for (const std::string& column : columns)
    text.append(",").append(row).append(column);
  return text;
}

}  // namespace

std::span<const std::string_view> RowDigest::tables() {
  return kTables;
}

void RowDigest::attach(Database& database, bool watch) {
  database.add_function("row_sum", nullptr, &RowDigest::sum);
  if (!watch) return;
  database.add_function("row_changed", this, &RowDigest::change);
  // Without it a row that INSERT OR REPLACE puts out of the way would go unseen.
  database.script("PRAGMA recursive_triggers=ON");
  for (const std::string_view table : kTables) {
    const auto columns = columns_of(database, table);
    const std::string name{table};
    const std::string added = "SELECT row_changed(1," + arguments(table, columns, "NEW.") + ");";
    const std::string gone = "SELECT row_changed(-1," + arguments(table, columns, "OLD.") + ");";
    const std::string on = " ON main." + name + " BEGIN ";
    database.script("CREATE TEMP TRIGGER " + name + "_added AFTER INSERT" + on + added + " END");
    database.script("CREATE TEMP TRIGGER " + name + "_gone AFTER DELETE" + on + gone + " END");
    database.script("CREATE TEMP TRIGGER " + name + "_changed AFTER UPDATE" + on + gone + added +
                    " END");
  }
}

std::uint64_t RowDigest::count(Database& database, std::string_view table) {
  std::uint64_t total = 0;
  const std::string sql = "SELECT row_sum(" + arguments(table, columns_of(database, table), "") +
                          ") FROM " + std::string{table};
  database.each_once(sql, [&](const Database::Row& row) { total += row.number(0); });
  return total;
}

void RowDigest::change(sqlite3_context* context, int count, sqlite3_value** values) {
  auto& digest = *static_cast<RowDigest*>(sqlite3_user_data(context));
  const std::uint64_t sum = sum_of(count - 1, values + 1);
  digest.value_ += sqlite3_value_int64(values[0]) > 0 ? sum : std::uint64_t{0} - sum;
  sqlite3_result_null(context);
}

void RowDigest::sum(sqlite3_context* context, int count, sqlite3_value** values) {
  sqlite3_result_int64(context, static_cast<sqlite3_int64>(sum_of(count, values)));
}

}  // namespace cistern::journal
