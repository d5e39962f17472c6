#include "journal/group_cache.hpp"

namespace cistern::journal {
namespace {

std::uint64_t bytes_of(const Group& group) {
  return group.lines.capacity() + group.envelopes.capacity() * sizeof(Envelope) + sizeof(Group);
}

}  // namespace

void GroupCache::put(std::shared_ptr<const Group> group) {
  if (group == nullptr) return;
  const std::uint64_t bytes = bytes_of(*group);
  const std::lock_guard lock{mutex_};
  if (bytes > limit_ || !groups_.try_emplace(group->first, group).second) return;
  bytes_ += bytes;
  while (bytes_ > limit_) {
    bytes_ -= bytes_of(*groups_.begin()->second);
    groups_.erase(groups_.begin());
  }
}

std::shared_ptr<const Group> GroupCache::find(Sequence sequence) const {
  const std::lock_guard lock{mutex_};
  auto next = groups_.upper_bound(sequence);
  if (next == groups_.begin()) return nullptr;
  const auto& group = std::prev(next)->second;
  return group->last >= sequence ? group : nullptr;
}

}  // namespace cistern::journal
