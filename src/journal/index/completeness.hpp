// What the ledger proves: from when to when each stream is complete, and every gap with its reason.
#pragma once

#include "journal/journal.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cistern::journal {

struct Gap {
  enum class Kind : std::uint8_t {
    lost,     ///< The vendor can no longer give it.
    pending,  ///< Offered and not stored yet; it is being tried.
    unread,   ///< Between two complete windows nobody has asked.
  };
  Kind kind = Kind::lost;
  TimePoint from{};
  TimePoint to{};
  std::string item;  ///< The vendor's name of the blob or object, when it is one.
  std::string reason;
  TimePoint expires{};  ///< Until when the vendor keeps it; epoch when unknown or over.
};

std::string_view to_string(Gap::Kind kind);

struct StreamCompleteness {
  std::string connector;
  std::string stream;
  TimePoint from{};     ///< Complete from then on, but for the gaps; epoch when nothing is proven.
  TimePoint through{};  ///< Up to then.
  std::uint64_t stored = 0;
  std::uint64_t duplicates = 0;
  std::vector<Gap> gaps;             ///< In order of `from`.
  [[nodiscard]] bool whole() const;  ///< No gap of kind lost or unread.
};

/// Sums up ledger rows and totals, stream by stream, in order of connector and stream. Pure.
std::vector<StreamCompleteness> completeness(std::span<const LedgerRow> ledger,
                                             std::span<const StreamTotals> totals);

}  // namespace cistern::journal
