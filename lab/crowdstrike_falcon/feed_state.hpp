// A feed's row in the lab's state file.
#pragma once

#include "codec/json.hpp"
#include "lab/crowdstrike_falcon/feed.hpp"

#include <boost/json/fwd.hpp>

namespace cistern::lab {

void write_feed_row(codec::JsonWriter& writer, const FeedRow& row);

/// Throws when a member is missing or of another type; the reader of the file turns that into a
/// failure.
FeedRow feed_row_from(const boost::json::object& object);

}  // namespace cistern::lab
