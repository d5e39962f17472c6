// Whether a tenant's requests may go out at all: closed by throttling and by outages.
#pragma once

#include "base/backoff.hpp"
#include "base/random.hpp"
#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace cistern::connectors::microsoft_365 {

/// Many requests are under way when the vendor begins to refuse, and each of them is refused. They
/// must count as one refusal, or the delay would double with each. So a request remembers the
/// gate's epoch when it was sent, and an answer of an older epoch neither closes nor opens the
/// gate.
///
/// After the gate was closed one request goes out at a time, and one more with each that succeeds:
/// the vendor may throttle downloads while it answers listings.
class Gate {
 public:
  [[nodiscard]] bool open(TimePoint now) const { return now >= until_; }
  /// How many requests may be under way.
  [[nodiscard]] std::size_t limit() const { return limit_; }
  [[nodiscard]] TimePoint until() const { return until_; }
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }

  /// AF429: 30 s doubling to 10 minutes, or what the vendor asks for when that is longer. Returns
  /// whether the gate was closed by this answer.
  bool throttled(TimePoint now, std::uint64_t sent_in, std::optional<Duration> asked,
                 Random& random);

  /// Nothing arrived, or a gateway says that the service is away. One such answer means nothing; so
  /// many in a row, and the others are not worth sending. Returns whether the gate was closed.
  bool unreachable(TimePoint now, std::uint64_t sent_in, Random& random);

  /// Returns whether with this answer things are as before the gate was closed.
  bool succeeded(std::uint64_t sent_in);

 private:
  static constexpr std::size_t kUnlimited = 1'000'000;
  void close(TimePoint until);

  TimePoint until_{};
  std::uint64_t epoch_ = 0;
  unsigned throttles_ = 0;
  unsigned outages_ = 0;
  unsigned in_a_row_ = 0;
  std::size_t limit_ = kUnlimited;
};

}  // namespace cistern::connectors::microsoft_365
