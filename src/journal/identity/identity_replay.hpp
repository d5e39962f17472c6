// Bringing the identity set up to date with the log.
#pragma once

#include "base/files.hpp"
#include "base/log.hpp"
#include "journal/identity/identity_set.hpp"
#include "journal/index/index.hpp"
#include "journal/recovery/log_replay.hpp"
#include "journal/segment/group_reader.hpp"

#include <memory>
#include <string>
#include <vector>

namespace cistern::journal {

/// Inserts what the log remembers since then, by the store's time, beyond what the set's files
/// cover. Damaged groups are passed over.
Status replay_identities(const std::string& store, Files& files, Index& index, TimePoint since,
                         IdentitySet& identities);

/// Opens the set and brings it up to date. What its files know of the damaged groups, or beyond the
/// end of the log, is forgotten first: it would refuse as repeated what the log has lost and a
/// vendor still has.
Result<std::unique_ptr<IdentitySet>> recover_identities(const std::string& store, Files& files,
                                                        Index& index, IdentitySetOptions options,
                                                        const std::vector<Damage>& damaged,
                                                        Log& log);

}  // namespace cistern::journal
