// One delivered ECS document beside an event of Falcon's stream, of which it keeps every member
// below `crowdstrike`.
#pragma once

#include "lab/truth/ledger.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::lab {

/// Who an event belongs to, and its offset, as it says itself.
struct FalconPlace {
  std::string customer;
  std::uint64_t offset = 0;
};
std::optional<FalconPlace> falcon_place_of(std::string_view event);

/// A member's value as one number: of a text or number what it says, of an object or array all that
/// stands in it, each with its path. How strings are escaped makes no difference. The list of keys
/// and values in audit events is the same as an object of them.
std::uint32_t falcon_value(std::string_view name, std::string_view value);

/// What differs from the vendor's event, or nothing: the time, the customer, and every member of
/// `metadata` and `event`.
std::optional<std::string> falcon_difference(std::string_view document, const Ledger& ledger,
                                             const Entry& entry);

}  // namespace cistern::lab
