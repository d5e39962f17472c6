// Which identities arrived within the window: exact, and small in memory.
//
// An active in-memory table of at most about a million ids is sealed into sorted files of 16-byte
// ids (memory-mapped, each with a small fingerprint filter); files of one day are merged by stream;
// files whose newest arrival is older than the window are removed.
#pragma once

#include "base/files.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace cistern::journal {

struct IdentitySetOptions {
  std::string directory;                          ///< Created when missing.
  Duration window = std::chrono::hours{24 * 11};  ///< By the arrival times given to insert().
  std::size_t active_limit = 1'000'000;           ///< Ids in memory before they are sealed.
};

/// Belongs to the journal's writer thread. Durable only through seal(): after a crash the journal
/// inserts again what the log holds after covered_through().
class IdentitySet {
 public:
  virtual ~IdentitySet() = default;
  /// The log is covered up to here; the journal must insert again everything after it.
  [[nodiscard]] virtual Sequence covered_through() const = 0;
  /// Whether the id arrived within the window. Zero ids are never remembered. Fails when a page of
  /// a file proves damaged ("journal/identities-damaged"): the file is then renamed to `*.damaged`
  /// and covered_through() has gone back, so the journal must insert again everything after it
  /// before it asks again or seals. maintain() may find and report the same.
  virtual Result<bool> contains(const Identity& identity) = 0;
  /// Remembers it; inserting twice is harmless.
  virtual void insert(const Identity& identity, TimePoint arrival) = 0;
  /// True when the active table is full, or holds an id of more than a day before the last
  /// maintain(), so that few ids outlive the window by much; seal() should be called.
  [[nodiscard]] virtual bool wants_seal() const = 0;
  /// Writes the active ids to a durable file that covers the log up to `through`, then empties the
  /// active table. After a failure nothing has changed. `through` must be at least the sequence of
  /// every id inserted.
  virtual Status seal(Sequence through) = 0;
  /// Gives up what is remembered of these sequences, and with it whatever shares a file with it:
  /// their events are lost, and must not be refused as repeated when a vendor gives them again.
  /// covered_through() goes back; the journal must insert again what the log still has.
  virtual Status forget(Sequence first, Sequence last) = 0;
  /// The first sequence behind covered_through() that a file covers, 0 when there is none: what is
  /// inserted again needs to reach no further.
  [[nodiscard]] virtual Sequence covered_again_at() const = 0;
  /// Merges what should be merged (bounded work per call) and removes what is older than the
  /// window.
  virtual Status maintain(TimePoint now) = 0;
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  [[nodiscard]] virtual std::uint64_t memory_bytes() const = 0;
};

/// Opens the set in the directory. A damaged or missing file never stops the start: the sequence
/// from which the log must be read again is covered_through() + 1.
Result<std::unique_ptr<IdentitySet>> open_identity_set(IdentitySetOptions options, Files& files);

/// For `store verify`: reads every page of every file; one sentence for each damaged file.
Result<std::vector<std::string>> verify_identity_set(const std::string& directory, Files& files);

}  // namespace cistern::journal
