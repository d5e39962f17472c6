// How an event of the store was asked for, told afterwards.
#pragma once

#include "runtime/connector.hpp"

#include <vector>

namespace cistern::connectors::microsoft_365 {

/// The content type, the listing that named the blob and the request that fetched it. The vendor's
/// address of a blob is not stored; it is formed here from its contentId, as the vendor documents
/// it.
std::vector<runtime::OriginFact> origin_of(const runtime::OriginQuestion& question);

}  // namespace cistern::connectors::microsoft_365
