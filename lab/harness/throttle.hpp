// Requests a minute, as a bucket that refills evenly.
#pragma once

#include "base/time.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace cistern::lab {

/// Safe to call from any thread.
class Throttle {
 public:
  /// Whether one more request of `who` is within `per_minute`; a bucket holds one minute's worth.
  bool allows(const std::string& who, std::uint64_t per_minute, Duration steady_now) {
    const auto most = static_cast<double>(per_minute);
    const std::lock_guard lock(mutex_);
    auto [at, is_new] = buckets_.try_emplace(who, Bucket{most, steady_now});
    auto& bucket = at->second;
    const std::chrono::duration<double, std::ratio<60>> minutes = steady_now - bucket.at;
    bucket.tokens = std::min(most, bucket.tokens + minutes.count() * most);
    bucket.at = steady_now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  /// Whole requests that `who` has left for now.
  std::uint64_t left(const std::string& who, std::uint64_t per_minute) {
    const std::lock_guard lock(mutex_);
    const auto found = buckets_.find(who);
    return found == buckets_.end() ? per_minute : static_cast<std::uint64_t>(found->second.tokens);
  }

 private:
  struct Bucket {
    double tokens;
    Duration at;
  };
  std::mutex mutex_;
  std::map<std::string, Bucket> buckets_;
};

}  // namespace cistern::lab
