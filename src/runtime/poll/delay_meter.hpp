// How long somebody waited at most, lately.
#pragma once

#include "base/time.hpp"

#include <algorithm>

namespace cistern::runtime {

/// The longest of the present minute and the one before. Pure.
class DelayMeter {
 public:
  void note(Duration delay, Duration now) {
    turn(now);
    present_ = std::max(present_, delay);
  }
  Duration longest(Duration now) {
    turn(now);
    return std::max(present_, before_);
  }

 private:
  static constexpr Duration kMinute = std::chrono::minutes{1};

  void turn(Duration now) {
    if (now - began_ < kMinute) return;
    before_ = now - began_ < kMinute * 2 ? present_ : Duration{0};
    present_ = Duration{0};
    began_ = now;
  }

  Duration began_{0};
  Duration present_{0};
  Duration before_{0};
};

}  // namespace cistern::runtime
