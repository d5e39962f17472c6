// The sentences of this connector that belong to no answer of the vendor.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "connectors/cisco_duo/page_walk.hpp"

#include <string>
#include <string_view>

namespace cistern::connectors::cisco_duo::messages {

/// Stands in the ledger as the reason of a gap.
std::string gap_reason(Paging paging);
Failure gap(std::string_view stream, const Stretch& gap, Paging paging);
/// What lies before the vendor's retention was not read in time.
std::string expired_reason();
Failure expired(std::string_view stream, const Stretch& gap);

Failure unreadable(std::string_view stream, std::string_view problem);
Failure clock_skew(Duration ahead);
Failure clock_right();
Failure other_account(std::string_view before, std::string_view now);
Failure without_id(std::string_view stream, std::size_t rows);

/// `what` names logs and times: "authentication is at ...".
Failure backfill(std::string what);
Failure backfill_done();

Failure asked_again(std::string_view stream);
Failure all_asked_again();

}  // namespace cistern::connectors::cisco_duo::messages
