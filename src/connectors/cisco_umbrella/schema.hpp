// The logs that Umbrella and Secure Access export, and their columns.
//
// No object says which schema version it has. What there is: the header row, if the administrator
// switched it on (from version 11), and the number of columns.
#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace cistern::connectors::cisco_umbrella {

/// One folder of the export.
struct LogFolder {
  std::string_view folder;  ///< "dnslogs"
  std::string_view stream;  ///< "dns"; several folders may share one.
  std::string_view text;    ///< One sentence.
  /// How old the newest object may be before silence is worth a word. Zero: an object appears only
  /// when something happened, so silence is normal.
  Duration freshness{};
};

/// All folders that are documented or have been met. Objects of other folders are stored as well.
std::span<const LogFolder> known_logs();

/// The stream of a folder's records. Of an unknown folder it is the folder's own name: lower case,
/// other characters than letters, digits and `_` as `_`, at most 40.
std::string stream_of_folder(std::string_view folder);

/// What is known of the cells of a column.
enum class CellKind : std::uint8_t {
  text,
  integer,     ///< A number in the view where it is one, else text.
  list,        ///< Separated by commas; `[...]` around it is left out.
  identities,  ///< A list whose elements may hold commas themselves.
};

/// Names are those of fields below the vendor's key: "most_granular_identity".
using ColumnNames = std::span<const std::string_view>;

/// What is known of one log.
struct LogSchema {
  std::string_view stream;
  ColumnNames columns;          ///< The longest list whose order is known.
  ColumnNames further;          ///< Columns whose place is not known: only a header tells it.
  std::size_t fewest = 1;       ///< Columns of the oldest version.
  std::size_t time_column = 0;  ///< Index of the event's time.
};

/// Of all logs whose columns are known.
std::span<const LogSchema> log_schemas();

/// The schema behind a stream's name; null for a folder that is not known.
const LogSchema* find_schema(std::string_view stream);

/// The columns of a row of an object without header row, by their number: the longest list that
/// fits. One column was inserted in the middle (DLP, version 8), so there the number decides. A row
/// may have more columns than the list, and fewer.
ColumnNames columns_by_count(const LogSchema& schema, std::size_t count);

/// The name of the column that a header's cell means, whatever page or version it was spelled
/// after; empty where it is not known. Schema null: only names that all logs share are known.
std::string_view column_of_header(const LogSchema* schema, std::string_view cell);

CellKind kind_of_column(std::string_view name);

/// Whether a row that begins with these two cells is a header row.
bool begins_header(std::string_view first_cell, std::string_view second_cell);

/// `Most Granular Identity` as `most_granular_identity`: letters and digits, one `_` for whatever
/// else stands between them, at most 64 bytes. Empty where nothing is left.
std::string snake_case(std::string_view text);

}  // namespace cistern::connectors::cisco_umbrella
