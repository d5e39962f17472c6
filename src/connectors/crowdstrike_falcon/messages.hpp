// The sentences of this connector that belong to no answer of the vendor.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "connectors/crowdstrike_falcon/intake.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cistern::connectors::crowdstrike_falcon::messages {

/// Discovery answered without streams, `tries` times in a row; `over`: patience is at an end.
Failure no_streams(std::string_view app_id, unsigned tries, bool over);
/// One partition is left out although it is not connected to us. `name` is "partition 1" or, where
/// its number is not known any more, "feed 1a".
Failure partition_missing(std::string_view name, unsigned tries);
Failure partition_vanished(std::string_view name);
Failure same_feed_twice(std::string_view feed, std::string_view partition);
Failure unreadable_offers(std::size_t count);
Failure foreign_stream(std::string_view url, std::string_view why);
Failure using_fallback(std::string_view app_id, std::string_view fallback);
/// Nothing of what the vendor offers is among the configured partitions.
Failure none_wanted(std::size_t offered);

Failure stream_ended(std::string_view partition, const Failure& why);
Failure offsets_lost(std::string_view feed, const OffsetGap& gap);
/// "3 offsets (17 to 19) of feed 0 ..."; stands in the ledger.
std::string gap_reason(const OffsetGap& gap);
Failure renumbered(std::string_view feed);
Failure other_customer(std::string_view before, std::string_view now);
/// `key`: of the position, whose value is no cursor.
Failure unreadable_position(std::string_view key);
Failure left_out(std::uint64_t events);
Failure clock_skew(Duration ahead);

}  // namespace cistern::connectors::crowdstrike_falcon::messages
