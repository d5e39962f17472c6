// Which content blobs of one content type are stored already.
//
// This saves requests; what guarantees that nothing is stored twice is the journal's memory of
// record identities, because the vendor delivers the same records in other blobs as well.
#pragma once

#include "base/record.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cistern::connectors::microsoft_365 {

class SeenBlobs {
 public:
  /// Keys in the position are "seen/<content type>/<hash of contentId>".
  explicit SeenBlobs(std::string_view content_type);

  /// Reads its keys; values that cannot be read are dropped, at the price of one more fetch.
  void restore(const Position& position);
  [[nodiscard]] bool contains(const Identity& blob) const { return blobs_.contains(blob); }
  [[nodiscard]] std::size_t size() const { return blobs_.size(); }
  /// When the newest was created; epoch without any.
  [[nodiscard]] TimePoint newest() const;

  /// The change that makes it durable; insert() follows when it is. A blob that is stored again
  /// only refreshes its times.
  [[nodiscard]] StateChange change(const Identity& blob, TimePoint created,
                                   TimePoint expires) const;
  void insert(const Identity& blob, TimePoint created, TimePoint expires);

  /// Forgets blobs that are to be fetched again. Not durable: until they are stored again the
  /// ledger names them as damaged.
  void forget(const Identity& blob) { blobs_.erase(blob); }
  /// Forgets all others; returns how many.
  std::size_t keep_only(const std::set<Identity>& stored);

  /// Forgets, and returns as deletions, at most `limit` blobs that can no longer be offered: 8 days
  /// after their creation, or one day after their expiration when that is later. Never by the times
  /// of the records inside. Beyond the bound in size the oldest go first.
  StateDelta evict(TimePoint now, std::size_t limit);

  static constexpr std::size_t kMost = 500'000;

 private:
  struct Times {
    TimePoint created;
    TimePoint forget;
  };
  [[nodiscard]] std::string key(const Identity& blob) const;
  [[nodiscard]] TimePoint bound_by_size() const;

  std::string prefix_;
  std::unordered_map<Identity, Times, IdentityHash> blobs_;
};

}  // namespace cistern::connectors::microsoft_365
