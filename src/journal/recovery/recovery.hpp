// Bringing a store into order before it is written to.
#pragma once

#include "base/files.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "journal/index/index.hpp"
#include "journal/recovery/log_replay.hpp"
#include "journal/recovery/sequence_witness.hpp"

#include <memory>
#include <string>
#include <vector>

namespace cistern::journal {

/// A store that is ready to be continued.
struct Recovered {
  std::unique_ptr<Index> index;  ///< Moved out by whoever continues it.
  std::string store_id;
  std::uint64_t group = 0;
  Sequence last = 0;            ///< Never to be given out again up to here.
  Sequence append_segment = 0;  ///< 0: a new segment must begin.
  std::uint64_t append_size = 0;
  std::vector<Damage> damaged;
  WitnessFacts witness;
};

/// Makes index and log agree, whatever happened before. Changes no segment: damage is reported, and
/// the writer deals with it. Fails only when the files cannot be read or are of a newer version.
Result<Recovered> recover_store(const std::string& store, Files& files, Random& random, Log& log);

/// The state of the log in an index in memory, for reading a store whose index cannot be used.
Result<Recovered> read_store(const std::string& store, Files& files);

/// The index as it is when a writer beside us keeps it up to date, or when it has followed the log
/// to its end; otherwise a copy in memory that follows the groups which a killed process left
/// unapplied. `index` is sound and belongs to the log.
Result<Recovered> read_on(const std::string& store, Files& files, std::unique_ptr<Index> index);

/// Throws the index away and makes it anew from the log, while the writer runs. Returns what the
/// log lacks.
Result<std::vector<Damage>> rebuild_index(const std::string& store, Files& files, Index& index);

/// Which boot of the machine this is; empty when the system does not say.
std::string boot_id(Files& files);

}  // namespace cistern::journal
