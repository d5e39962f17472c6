// How an event of the store was asked for, told afterwards.
#pragma once

#include "runtime/connector.hpp"

#include <vector>

namespace cistern::connectors::crowdstrike_falcon {

/// The discovery that offered the feed, and the request that read it. The vendor's address of a
/// stream is not stored, because it lives for hours only.
std::vector<runtime::OriginFact> origin_of(const runtime::OriginQuestion& question);

}  // namespace cistern::connectors::crowdstrike_falcon
