// Events a second over the last ten seconds.
#pragma once

#include "base/time.hpp"

#include <array>
#include <chrono>
#include <cstdint>

namespace cistern::runtime {

/// Counts in ten buckets of one second. All times are of the steady clock.
class RateMeter {
 public:
  void add(Duration now, std::uint64_t events) {
    const std::int64_t second = whole_seconds(now);
    auto& bucket = buckets_[index(second)];
    if (bucket.second != second) bucket = {second, 0};
    bucket.events += events;
  }
  [[nodiscard]] double per_second(Duration now) const {
    const std::int64_t second = whole_seconds(now);
    std::uint64_t sum = 0;
    for (const auto& bucket : buckets_) {
      if (bucket.second > second - kSeconds && bucket.second <= second) sum += bucket.events;
    }
    return static_cast<double>(sum) / static_cast<double>(kSeconds);
  }

 private:
  static constexpr std::int64_t kSeconds = 10;
  struct Bucket {
    std::int64_t second = -kSeconds;
    std::uint64_t events = 0;
  };
  static std::int64_t whole_seconds(Duration time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time).count();
  }
  static std::size_t index(std::int64_t second) {
    return static_cast<std::size_t>(second) % static_cast<std::size_t>(kSeconds);
  }
  std::array<Bucket, kSeconds> buckets_{};
};

}  // namespace cistern::runtime
