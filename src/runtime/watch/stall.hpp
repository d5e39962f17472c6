// Which stage of a poll connector stands still. Pure.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <optional>
#include <string>

namespace cistern::runtime {

/// The facts that the watchdog looks at; times of the steady clock, nothing where nothing waits.
struct StageTimes {
  Duration now{0};
  std::optional<Duration> credentials;  ///< The oldest request that waits for its credentials.
  std::optional<Duration> answer;       ///< The oldest request that waits for its answer.
  std::optional<Duration> decoding;     ///< The oldest answer that waits to be decoded.
  std::optional<Duration> commit;       ///< The oldest commit that waits to be durable.
  std::optional<Duration> memory;       ///< Since when nothing starts because memory is full.
  std::optional<Duration> nothing;      ///< Since when nothing at all is under way or planned.
};

/// A failure that names the stage that stood still the longest, at least `limit`; nothing when all
/// moves.
std::optional<Failure> find_stall(const StageTimes& times, Duration limit);

}  // namespace cistern::runtime
