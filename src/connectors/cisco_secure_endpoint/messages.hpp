// The sentences of this connector that belong to no answer of the vendor.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cistern::connectors::cisco_secure_endpoint::messages {

/// `what`: "events" or "the audit log".
Failure unreadable_page(std::string_view what);
Failure foreign_link(std::string_view link, std::string_view why);
/// Pages did not join; the walk begins anew.
Failure torn(std::string_view what);
/// Several walks in a row were torn: pages are taken as they come.
Failure loose(std::string_view what);
Failure page_too_large(std::string_view what, unsigned limit);
/// The vendor does not page as deep as the backlog is: it is asked for in parts.
Failure split(std::string_view what, std::uint64_t offset);
/// Nor does that reach: these records cannot be asked for.
Failure out_of_reach(std::string_view what, std::string_view event_type, TimePoint from,
                     TimePoint to);
Failure budget_low(std::uint64_t remaining, std::uint64_t limit);
Failure asked_again(std::string_view what, std::size_t holes);
Failure other_cloud(std::string_view before, std::string_view now);
Failure unreadable_position(std::string_view key);
/// `ahead` = 0: the clock is right again.
Failure clock_skew(Duration ahead);

}  // namespace cistern::connectors::cisco_secure_endpoint::messages
