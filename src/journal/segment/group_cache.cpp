#include "journal/segment/group_cache.hpp"

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
  used_ = true;
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
  if (group->last < sequence) return nullptr;
  used_ = true;
  return group;
}

bool GroupCache::rest() {
  // What is forgotten may be megabytes, and is freed without the lock.
  std::map<Sequence, std::shared_ptr<const Group>> forgotten;
  const std::lock_guard lock{mutex_};
  if (!used_) {
    forgotten.swap(groups_);
    bytes_ = 0;
  }
  used_ = false;
  return !forgotten.empty();
}

}  // namespace cistern::journal
