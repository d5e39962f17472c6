// Bringing the identity set up to date with the log.
#pragma once

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "journal/group_reader.hpp"
#include "journal/identity_set.hpp"
#include "journal/index.hpp"

#include <memory>
#include <string>

namespace cistern::journal {

/// Inserts what the log remembers beyond what the set's files cover. Damaged groups are passed
/// over.
Status replay_identities(const std::string& store, Files& files, Index& index, GroupSource& source,
                         TimePoint since, IdentitySet& identities);

/// Opens the set and brings it up to date. With `ahead`, or when its files cover more than the log
/// holds, they are thrown away first and made anew from the log: they would refuse as repeated what
/// the log has lost and a vendor still has.
Result<std::unique_ptr<IdentitySet>> recover_identities(const std::string& store, Files& files,
                                                        Index& index, Duration window,
                                                        TimePoint now, bool ahead, Log& log);

}  // namespace cistern::journal
