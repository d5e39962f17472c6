// Compares what the vendor lists with what the store knows. Pure.
#pragma once

#include "journal/journal.hpp"
#include "runtime/connector.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace cistern::runtime {

enum class ItemStanding : std::uint8_t {
  stored,    ///< The ledger has it whole, or the position says that it is done with.
  short_of,  ///< Stored, but with fewer records than the vendor offered in it.
  reading,   ///< Known, and not stored yet; or younger than what has been listed.
  lost,      ///< The ledger says that it could not be read.
  missing,   ///< The vendor lists it, and the store knows nothing of it.
};
std::string_view to_string(ItemStanding standing);

struct CheckedItem {
  OfferedItem item;
  ItemStanding standing = ItemStanding::stored;
  std::string reason;
};

struct RelistResult {
  std::map<ItemStanding, std::uint64_t> counts;
  std::vector<CheckedItem> findings;  ///< Lost, missing and short ones, in order of time.
  [[nodiscard]] bool sound() const;   ///< Nothing is missing, lost or short.
};

/// `through`: up to when each stream has been listed and stored. An item is judged once, however
/// often it is listed.
RelistResult check_relisted(std::span<const OfferedItem> offered,
                            std::span<const journal::LedgerRow> ledger, const Position& position,
                            const std::map<std::string, TimePoint>& through);

}  // namespace cistern::runtime
