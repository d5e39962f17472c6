// The folders of Umbrella's export and the columns of each, by schema version.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

/// What a cell holds; the generator has words for each.
enum class Cell : std::uint8_t {
  empty,
  time,
  epoch,       ///< Seconds, as in the packet times of firewall rows.
  identity,    ///< The most granular one.
  identities,  ///< A list that begins with it.
  identity_type,
  identity_types,
  computer,
  email,
  inner_address,
  outer_address,
  far_address,
  domain,  ///< With a dot at its end.
  host,
  url,
  agent,
  hash,
  file,
  number,
  size,
  port,
  transaction,  ///< A GUID.
  word,         ///< One of the column's own words.
  words,        ///< Some of them, as a list.
  text_before,  ///< Of an administrator's change: lines of "key: value".
};

struct ColumnPlan {
  std::string_view name;  ///< As the vendor's pages write it, in lower case.
  Cell cell = Cell::empty;
  std::string_view words{};  ///< Separated by "|".
};

struct FolderPlan {
  std::string_view folder;  ///< "dnslogs"
  double share = 0;         ///< Of all rows.
  unsigned since = 1;       ///< Schema version that brought it.
  std::span<const ColumnPlan> columns;
  /// Numbers of columns: {from schema version, how many}, ascending.
  std::span<const std::pair<unsigned, unsigned>> counts;
  bool silent = false;  ///< Long without any object: nothing happened.
};

std::span<const FolderPlan> folder_plans();
const FolderPlan* find_folder(std::string_view name);

/// The columns of a folder's rows in a schema version, in order. DLP's second one came in the
/// middle with version 8. Columns of version 17 that nobody has named are there without a name.
std::vector<ColumnPlan> columns_of(const FolderPlan& folder, unsigned schema);

/// A header row's cell: "Most Granular Identity".
std::string header_name(std::string_view column);

}  // namespace cistern::lab
