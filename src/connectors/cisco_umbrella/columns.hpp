// The columns of each log, as far as the vendor's pages and other collectors of it agree.
#pragma once

#include "connectors/cisco_umbrella/schema.hpp"

#include <span>
#include <string_view>

namespace cistern::connectors::cisco_umbrella {

/// DLP before version 8, which inserted `event_type`.
ColumnNames dlp_columns_without_event_type();

/// A spelling of a header that is not the column's own name.
struct ColumnAlias {
  std::string_view stream;  ///< Empty: of all logs.
  std::string_view spelled;
  std::string_view name;
};

std::span<const ColumnAlias> column_aliases();

}  // namespace cistern::connectors::cisco_umbrella
