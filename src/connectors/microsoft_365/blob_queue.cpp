#include "connectors/microsoft_365/blob_queue.hpp"

namespace cistern::connectors::microsoft_365 {

bool BlobQueue::add(const Identity& key, PendingBlob blob) {
  const TimePoint available = blob.available;
  if (!blobs_.emplace(key, std::move(blob)).second) return false;
  by_age_.emplace(available, key);
  waiting_.emplace(available, key);
  return true;
}

std::optional<Identity> BlobQueue::take(TimePoint now) {
  auto& from = !deferred_.empty() && deferred_.begin()->first <= now ? deferred_ : waiting_;
  if (from.empty()) return std::nullopt;
  return from.extract(from.begin()).value().second;
}

void BlobQueue::put_back(const Identity& key) {
  waiting_.emplace(blobs_.at(key).available, key);
}

void BlobQueue::defer(const Identity& key, TimePoint not_before) {
  deferred_.emplace(not_before, key);
}

void BlobQueue::remove(const Identity& key) {
  by_age_.erase({blobs_.at(key).available, key});
  blobs_.erase(key);
}

bool BlobQueue::ready(TimePoint now) const {
  return !waiting_.empty() || (!deferred_.empty() && deferred_.begin()->first <= now);
}

std::optional<TimePoint> BlobQueue::next_deferred() const {
  if (deferred_.empty()) return std::nullopt;
  return deferred_.begin()->first;
}

std::optional<TimePoint> BlobQueue::oldest() const {
  if (by_age_.empty()) return std::nullopt;
  return by_age_.begin()->first;
}

const PendingBlob* BlobQueue::oldest_failing() const {
  for (const auto& [available, key] : by_age_) {
    const PendingBlob& blob = blobs_.at(key);
    if (blob.attempts > 1) return &blob;
  }
  return nullptr;
}

}  // namespace cistern::connectors::microsoft_365
