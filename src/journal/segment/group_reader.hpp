// Reading groups: from the cache at the tail, otherwise from the segments.
#pragma once

#include "base/files.hpp"
#include "journal/index/index.hpp"
#include "journal/journal.hpp"
#include "journal/segment/group_cache.hpp"

#include <functional>
#include <memory>
#include <string>

namespace cistern::journal {

/// What readers of a store share. Safe from any thread.
class GroupSource {
 public:
  /// Whom to tell; empty functions for nobody.
  struct Alarms {
    std::function<void(const GroupPlace&)> group;  ///< A group proved damaged.
    std::function<void()> index;  ///< The index proved damaged, or lacks a group without a reason.
  };

  /// `cache` may be null.
  GroupSource(std::string store, Files& files, Index& index, GroupCache* cache, Alarms alarms)
      : store_(std::move(store)),
        files_(files),
        index_(index),
        cache_(cache),
        alarms_(std::move(alarms)) {}

  /// As Reader::read().
  Result<ReadResult> read(Sequence next);
  /// The events of the place; a null pointer when they are damaged.
  Result<std::shared_ptr<const Group>> load(const GroupPlace& place);
  Result<std::optional<Sequence>> find(const Identity& identity);
  Result<Sequence> sequence_at(TimePoint received);

 private:
  Result<ReadResult> try_read(Sequence next);
  Result<std::string> lines_of(const GroupPlace& place);

  std::string store_;
  Files& files_;
  Index& index_;
  GroupCache* cache_;
  Alarms alarms_;
};

/// Why bytes of a group cannot be read, as holes name it.
inline constexpr std::string_view kDamagedReason = "the group is damaged on the disk";
inline constexpr std::string_view kUnknownReason = "not in the log";
inline constexpr std::string_view kRemovedReason = "removed by retention";

}  // namespace cistern::journal
