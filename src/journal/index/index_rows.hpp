// Rows of the index as values.
#pragma once

#include "journal/index/database.hpp"
#include "journal/index/index.hpp"
#include "journal/segment/segment_format.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cistern::journal {

inline void put_position(Database& database, std::string_view connector, std::string_view key,
                         std::string_view value) {
  database.run("INSERT OR REPLACE INTO positions VALUES(?,?,?)", connector, key, value);
}

inline void put_cursor(Database& database, const NamedCursor& named) {
  const Cursor& cursor = named.second;
  database.run("INSERT OR REPLACE INTO cursors VALUES(?,?,?,?,?)", named.first, cursor.next,
               cursor.state, cursor.delivered, cursor.skipped);
}

/// A group with what queries ask of it.
struct GroupRow {
  GroupPlace place;
  TimePoint received_to{};
  TimePoint store_time{};
  bool remember = false;
};

#define GROUP_COLUMNS \
  "first,last,segment,offset,size,data,lines,received_to,store_time,remember,sum"

void put_group(Database& database, const GroupRow& group);
/// Of a row of GROUP_COLUMNS; nothing when it does not match its sum.
std::optional<GroupRow> group_from(const Database::Row& row);

/// The mark as one text with its sum, so that a changed byte is noticed.
std::string mark_text(const AppliedMark& mark);
/// Nothing when it does not match its sum.
std::optional<AppliedMark> mark_from(std::string_view text);

}  // namespace cistern::journal
