// Growing delays between attempts.
#pragma once

#include "base/random.hpp"
#include "base/time.hpp"

#include <algorithm>

namespace cistern {

/// Exponential back-off with full jitter in the upper half: attempt 0 waits between first/2 and
/// first, each further attempt twice as long, never more than `most`. The jitter keeps a thousand
/// tenants from returning in step after an outage.
struct Backoff {
  Duration first = std::chrono::seconds{5};
  Duration most = std::chrono::minutes{10};

  [[nodiscard]] Duration delay(unsigned attempt, Random& random) const {
    Duration full = first;
    for (unsigned i = 0; i < attempt && full < most; ++i)
      full *= 2;
    full = std::min(full, most);
    const auto half = static_cast<double>(full.count()) / 2.0;
    return Duration{static_cast<std::int64_t>(half + half * random.fraction())};
  }
};

}  // namespace cistern
