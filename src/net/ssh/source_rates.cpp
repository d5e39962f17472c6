#include "net/ssh/source_rates.hpp"

#include <algorithm>

namespace cistern::net::ssh {
namespace {

constexpr std::size_t kMaxSources = 4096;

}  // namespace

void SourceRates::refill(Bucket& bucket, Duration now) const {
  const double seconds = std::chrono::duration<double>(now - bucket.at).count();
  bucket.tokens = std::min(burst_, bucket.tokens + seconds * per_second_);
  bucket.at = now;
}

bool SourceRates::make_room(Duration now) {
  std::erase_if(buckets_, [&](const auto& entry) {
    Bucket bucket = entry.second;
    refill(bucket, now);
    return bucket.tokens >= burst_;
  });
  return buckets_.size() < kMaxSources;
}

bool SourceRates::admit(std::string_view source, Duration now) {
  auto found = buckets_.find(source);
  if (found == buckets_.end() && (buckets_.size() < kMaxSources || make_room(now)))
    found = buckets_.emplace(std::string{source}, Bucket{burst_, now}).first;
  Bucket& bucket = found == buckets_.end() ? strangers_ : found->second;
  refill(bucket, now);
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

}  // namespace cistern::net::ssh
