// Rows of the index that carry a sum of their own: SQLite does not notice a changed byte in a
// value, and a wrong position or cursor would lose or repeat events.
#pragma once

#include "base/ids.hpp"
#include "journal/database.hpp"
#include "journal/index.hpp"
#include "journal/segment_format.hpp"

#include <string>
#include <string_view>

namespace cistern::journal {

inline std::string sum_of_position(std::string_view connector, std::string_view key,
                                   std::string_view value) {
  return to_hex(make_identity({connector, key, value}));
}

inline std::string sum_of_cursor(const NamedCursor& named) {
  const Cursor& cursor = named.second;
  return to_hex(make_identity({named.first, std::to_string(cursor.next), cursor.state,
                               std::to_string(cursor.delivered), std::to_string(cursor.skipped)}));
}

inline void put_position(Database& database, std::string_view connector, std::string_view key,
                         std::string_view value) {
  database.run("INSERT OR REPLACE INTO positions VALUES(?,?,?,?)", connector, key, value,
               sum_of_position(connector, key, value));
}

inline void put_cursor(Database& database, const NamedCursor& named) {
  const Cursor& cursor = named.second;
  database.run("INSERT OR REPLACE INTO cursors VALUES(?,?,?,?,?,?)", named.first, cursor.next,
               cursor.state, cursor.delivered, cursor.skipped, sum_of_cursor(named));
}

/// The mark as one text with its sum, so that a changed byte is noticed.
std::string mark_text(const AppliedMark& mark);
/// Nothing when it does not match its sum.
std::optional<AppliedMark> mark_from(std::string_view text);

}  // namespace cistern::journal
