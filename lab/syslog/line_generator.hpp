// The messages of a lab firewall: each follows from (seed, sender, sequence, time), so that the
// truth needs no copy of them.
#pragma once

#include "lab/syslog/line_words.hpp"

#include <cstdint>

namespace cistern::lab {

class LineGenerator {
 public:
  LineGenerator(std::uint64_t seed, unsigned sender) : seed_(seed), sender_(sender) {}
  /// The time is cut to seconds, as devices do.
  [[nodiscard]] Line line(std::uint64_t sequence, TimePoint time) const;

 private:
  std::uint64_t seed_;
  unsigned sender_;
};

}  // namespace cistern::lab
