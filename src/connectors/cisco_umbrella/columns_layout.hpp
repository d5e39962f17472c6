// Which cell of a row means what: made once for a header or a number of columns, used for all rows.
#pragma once

#include "connectors/cisco_umbrella/schema.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_umbrella {

struct LayoutColumn {
  std::string name;      ///< Below the vendor's key; of an unknown column below `ext`.
  std::string spelling;  ///< As the header has it, at most 100 bytes; empty without header.
  CellKind kind = CellKind::text;
  bool known = true;
};

struct Layout {
  std::vector<LayoutColumn> columns;
  bool by_header = false;
  std::size_t fewest = 1;  ///< A row of fewer columns fits no version.
  /// Indices of columns that belong together.
  std::optional<std::size_t> time;
  std::optional<std::size_t> identities;
  std::optional<std::size_t> identity_types;
  std::optional<std::size_t> granular;       ///< The most granular identity,
  std::optional<std::size_t> granular_type;  ///< and its type.
};

/// By the names of a header row, or of an operator's list. Schema null: the log is not known.
Layout layout_of_header(const LogSchema* schema, std::string_view header_row);

/// By position, for rows of `count` columns. Schema null: no column has a name.
Layout layout_of_count(const LogSchema* schema, std::size_t count);

/// `col_17`: a column that has no name, by its place from 1.
std::string column_number(std::size_t index);

/// Whether a row of that many columns fits no header and no version.
inline bool is_misshapen(const Layout& layout, std::size_t count) {
  return layout.by_header ? count != layout.columns.size() : count < layout.fewest;
}

}  // namespace cistern::connectors::cisco_umbrella
