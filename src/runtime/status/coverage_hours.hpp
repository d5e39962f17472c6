// What the ledger says of each hour of each stream. Pure: rows in, hours out.
#pragma once

#include "journal/journal.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::runtime {

enum class HourState : std::uint8_t {
  whole,             ///< All that the vendor offered for it is stored.
  filling,           ///< Still being read: nothing is lost, not everything is stored.
  gap,               ///< Something of it is not stored, and nobody is reading it now, or can.
  no_data_expected,  ///< Before collecting began.
};

std::string_view to_string(HourState state);

/// Hours in a row that are alike.
struct CoverageSpan {
  HourState state = HourState::whole;
  TimePoint from{};
  TimePoint to{};
  std::string reason{};  ///< Of a gap, and of what fills for a named reason.
  TimePoint expires{};   ///< Until when the vendor keeps the first of it to expire; epoch: unknown.
  std::vector<std::string> items{};  ///< The vendor's names of what is missing, at most kMostItems.
  std::uint64_t missing_items = 0;   ///< All of them.
  friend bool operator==(const CoverageSpan&, const CoverageSpan&) = default;
};

inline constexpr std::size_t kMostItems = 1000;

struct StreamHours {
  std::string connector;
  std::string stream;
  std::vector<CoverageSpan> spans;  ///< In order, without holes between them.
  [[nodiscard]] bool has_gap() const;
};

/// Sequences that the store lost, and when their events had arrived: between the events before and
/// behind them.
struct DamagedStretch {
  journal::Hole hole;
  TimePoint received_from{};
  TimePoint received_to{};
  /// Every stream has asked the vendor again since: what is still missing stands in the ledger.
  bool asked_again = false;
};

struct HoursQuestion {
  TimePoint now{};
  TimePoint from{};  ///< Epoch: from the first hour that any row names.
  TimePoint to{};    ///< Epoch: up to now.
};

/// Judges hour by hour, from the first row of a stream to the end of what is asked.
///
/// An hour is whole only if windows that are whole cover all of it, no blob or object in it is
/// partial or lost, and no damage of the store can have hit it. Damage does not name streams: what
/// was stored while the damaged events arrived counts as hit, unless it was stored again later.
/// Hours of which the ledger no longer says when something was stored (whole blobs are forgotten
/// nine days after they became available) count as hit when they lie within the eight days before
/// the damage. So doubt never reads as whole. Once a connector has asked again for all that was
/// lost (a row of kind kMendedKind), the rows themselves say what is missing from the time on that
/// it asked for.
std::vector<StreamHours> coverage_hours(std::span<const journal::LedgerRow> ledger,
                                        std::span<const DamagedStretch> damaged,
                                        const HoursQuestion& question);

/// Whether every stream of the ledger was asked again since that damage was found: what is still
/// missing stands in its rows.
bool asked_again(std::span<const journal::LedgerRow> ledger, const DamagedStretch& stretch);

}  // namespace cistern::runtime
