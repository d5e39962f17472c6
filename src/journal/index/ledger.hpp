// The rows of the ledger in the index: how a commit's coverage changes them.
#pragma once

#include "journal/index/database.hpp"
#include "journal/journal.hpp"

namespace cistern::journal {

/// Adds the row to what is kept for its (connector, stream, kind, item), for windows also `from`.
/// Sums are added up, the state is the newer one, with these exceptions for windows:
/// - a whole window takes in whole windows that it touches or overlaps, and partial ones inside it,
///   so that a quiet year is one row; but never across a lost window, which stays to be seen;
/// - a partial window that begins where a whole one does says nothing about the whole part: it only
///   begins where that ends.
void apply_coverage(Database& database, const LedgerRow& row);

/// Removes rows that nobody needs any more: whole blobs and objects nine days after their end
/// (their counts are in the totals; a vendor repeats no blob after its seven days of keeping),
/// everything else after 400 days.
void expire_coverage(Database& database, TimePoint now);

/// Reads rows; "" for all connectors.
std::vector<LedgerRow> read_coverage(Database& database, const std::string& connector);

}  // namespace cistern::journal
