// What a commit may be, and how many may wait: bounds that hold whatever a caller does.
#pragma once

#include "base/record.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace cistern::journal {

/// Of the commits that wait to be written, with the memory they need.
inline constexpr std::uint64_t kMaxQueuedBytes = 512ULL << 20;

/// Of the pushed ones among them there is room for so much, whatever else waits.
inline constexpr std::uint64_t kMaxPushedBytes = 128ULL << 20;

/// Memory that a commit takes while it waits.
std::uint64_t bytes_of(const Commit& commit);

/// Why a commit cannot be taken, whatever the state of the store: "journal/misuse".
std::optional<Failure> refuse(const Commit& commit);

/// "journal/queue-full"; `commits` wait.
Failure queue_full(std::size_t commits);
/// "journal/behind-failed": one before it in its chain could not be made.
Failure behind_failed();
/// "journal/closed".
Failure closed();

}  // namespace cistern::journal
