// How many new connections each sender may open.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace cistern::net::ssh {

/// A bucket for each sender: `per_second` tokens come back a second, and at most twice as many
/// wait, because an appliance pushes all that rolled over at the full hour at once. At most 4,096
/// senders are remembered; beyond that, those whose bucket is full again go, and while there are
/// none, newcomers share one bucket.
class SourceRates {
 public:
  explicit SourceRates(std::uint32_t per_second)
      : per_second_(per_second), burst_(2.0 * per_second) {}
  /// Takes a token, if there is one. `now` is steady time.
  bool admit(std::string_view source, Duration now);
  [[nodiscard]] std::size_t size() const { return buckets_.size(); }

 private:
  struct Bucket {
    double tokens = 0;
    Duration at{};
  };
  void refill(Bucket& bucket, Duration now) const;
  bool make_room(Duration now);

  const double per_second_;
  const double burst_;
  std::map<std::string, Bucket, std::less<>> buckets_;
  Bucket strangers_;
};

}  // namespace cistern::net::ssh
