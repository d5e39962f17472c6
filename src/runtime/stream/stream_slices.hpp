// A decoded group as what the machine gets: no part is more than one commit may hold.
#pragma once

#include "base/stream.hpp"
#include "runtime/memory_budget.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace cistern::runtime {

/// Parts in order, each of at most `most_bytes` raw bytes unless it is a single record; the group
/// itself when it fits. Each keeps the group's memory and its accounting alive. Keep-alives count
/// with the last, because they say that all before them is there.
std::vector<std::shared_ptr<const StreamBatch>> slice(
    const std::shared_ptr<const StreamBatch>& group, const std::shared_ptr<MemoryHold>& hold,
    std::uint64_t most_bytes);

}  // namespace cistern::runtime
