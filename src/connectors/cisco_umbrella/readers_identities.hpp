// Who a row is about: two lists side by side, whose elements may hold commas themselves.
#pragma once

#include "codec/json.hpp"

#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_umbrella {

struct IdentityCells {
  std::string_view names;  ///< "Rivera, Ana (ana@contoso.com),LT-4471"
  std::string_view types;  ///< "AD Users,Roaming Computers"; empty where the row has none.
  std::string_view first;  ///< The most granular identity, which `names` mostly begins with.
};

/// The names, taken apart so that there are as many as types where that is possible: the most
/// granular identity is one even with commas; where the rest is still too many, a comma before a
/// blank is part of a name; of one type there is one name.
std::vector<std::string_view> split_identities(const IdentityCells& cells);

/// Writes `[{"name":…,"type":…}]` under `key`; nothing where there is no name.
void write_identities(const IdentityCells& cells, std::string_view key, codec::JsonWriter& writer);

}  // namespace cistern::connectors::cisco_umbrella
