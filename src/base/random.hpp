// Randomness as a parameter, so that a test can repeat a run exactly.
#pragma once

#include <cstdint>
#include <string>

namespace cistern {

class Random {
 public:
  virtual ~Random() = default;
  [[nodiscard]] virtual std::uint64_t next() = 0;
  /// Evenly from [0, 1).
  [[nodiscard]] double fraction() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
};

/// From the operating system; fit for identifiers and nonces. Safe to call from any thread.
class SystemRandom final : public Random {
 public:
  [[nodiscard]] std::uint64_t next() override;
};

/// The same numbers for the same seed (SplitMix64). Not for secrets; one thread at a time.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  [[nodiscard]] std::uint64_t next() override;

 private:
  std::uint64_t state_;
};

/// A version 4 UUID, lower case with hyphens.
std::string random_uuid(Random& random);

}  // namespace cistern
