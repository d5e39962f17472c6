// The identities that arrived last, in memory, before they are sealed into a file.
#pragma once

#include "base/ids.hpp"
#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cistern::journal {

/// A set with open addressing, at most three quarters full. The zero identity marks an empty slot
/// and is never a member.
class IdentityTable {
 public:
  IdentityTable();

  /// Asks the processor to fetch the slot that contains() will look at.
  void prefetch(const Identity& identity) const;
  [[nodiscard]] bool contains(const Identity& identity) const;
  /// Inserting twice is harmless.
  void insert(const Identity& identity, TimePoint arrival);
  /// Arrivals later than `now` count as `now`: a clock that once ran ahead must not keep identities
  /// for longer than the window.
  void limit_arrivals(TimePoint now);
  /// Gives the memory back as well.
  void clear();

  /// All of them, in the order of their bytes.
  [[nodiscard]] std::vector<Identity> sorted() const;
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Arrival times of the first and the last; mean nothing while the table is empty.
  [[nodiscard]] TimePoint oldest() const { return oldest_; }
  [[nodiscard]] TimePoint newest() const { return newest_; }
  [[nodiscard]] std::uint64_t memory_bytes() const { return slots_.size() * sizeof(Identity); }

 private:
  /// Where the identity is, or the empty slot where it belongs.
  [[nodiscard]] std::size_t slot_of(const Identity& identity) const;
  void grow();

  std::vector<Identity> slots_;
  std::size_t size_ = 0;
  TimePoint oldest_{};
  TimePoint newest_{};
};

}  // namespace cistern::journal
