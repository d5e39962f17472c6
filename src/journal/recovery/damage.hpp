// Moving damaged bytes aside.
#pragma once

#include "base/files.hpp"
#include "journal/index/index.hpp"
#include "journal/recovery/log_replay.hpp"

#include <optional>
#include <string>

namespace cistern::journal {

/// The damage of a group that a reader could not read; nothing when the group is sound. A reader
/// may have been wrong (a failing memory), and covering sound bytes would destroy what it only
/// failed to read.
Result<std::optional<Damage>> examine_group(const std::string& store, const GroupPlace& place,
                                            Files& files);

/// Copies the bytes to `damaged/`, durably.
Status copy_damaged(const std::string& store, const Damage& damage, Files& files);

/// Lays a missing frame over the bytes, so that zstd tools can read what follows. Only after
/// copy_damaged() and after the hole is recorded in the log.
Status cover_damaged(const std::string& store, const Damage& damage, Files& files);

}  // namespace cistern::journal
