// Recent groups, decompressed, for readers at the tail.
#pragma once

#include "journal/journal.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

namespace cistern::journal {

/// Keeps the newest groups up to a number of bytes. Readers share what they take; a reader that
/// holds a group keeps that one alive, never the cache's room. Safe from any thread.
class GroupCache {
 public:
  explicit GroupCache(std::uint64_t limit) : limit_(limit) {}
  void put(std::shared_ptr<const Group> group);
  /// The group that holds the sequence, if it is kept.
  [[nodiscard]] std::shared_ptr<const Group> find(Sequence sequence) const;
  /// To be called now and then: forgets everything when nothing was put in or found since the last
  /// call. Whoever still needs a group takes it from the disk. True: there was something.
  bool rest();

 private:
  mutable std::mutex mutex_;
  std::map<Sequence, std::shared_ptr<const Group>> groups_;
  std::uint64_t bytes_ = 0;
  std::uint64_t limit_;
  mutable bool used_ = false;  ///< Since the last rest().
};

}  // namespace cistern::journal
