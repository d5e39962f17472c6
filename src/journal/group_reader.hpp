// Reading groups: from the cache at the tail, otherwise from the segments.
#pragma once

#include "base/files.hpp"
#include "journal/group_cache.hpp"
#include "journal/index.hpp"
#include "journal/journal.hpp"

#include <functional>
#include <memory>
#include <string>

namespace cistern::journal {

/// What readers of a store share. Safe from any thread.
class GroupSource {
 public:
  using Damage = std::function<void(const GroupPlace&)>;

  /// `cache` may be null. `damage` hears of groups that prove damaged.
  GroupSource(std::string store, Files& files, Index& index, GroupCache* cache, Damage damage)
      : store_(std::move(store)),
        files_(files),
        index_(index),
        cache_(cache),
        damage_(std::move(damage)) {}

  /// As Reader::read().
  Result<ReadResult> read(Sequence next);
  /// The events of the place; a null pointer when they are damaged.
  Result<std::shared_ptr<const Group>> load(const GroupPlace& place);
  Result<std::optional<Sequence>> find(const Identity& identity);
  Result<Sequence> sequence_at(TimePoint received);

 private:
  Result<std::string> lines_of(const GroupPlace& place);

  std::string store_;
  Files& files_;
  Index& index_;
  GroupCache* cache_;
  Damage damage_;
};

/// Why bytes of a group cannot be read, as holes name it.
inline constexpr std::string_view kDamagedReason = "the group is damaged on the disk";
inline constexpr std::string_view kRemovedReason = "removed by retention";

}  // namespace cistern::journal
