// Small pure randomness for generators: fast, and the same for the same key on every machine.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace cistern::lab {

constexpr std::uint64_t mix(std::uint64_t value) {
  value += 0x9E3779B97F4A7C15ULL;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
  return value ^ (value >> 31);
}

/// One number from several: the key of everything that follows from them.
constexpr std::uint64_t key_of(std::initializer_list<std::uint64_t> parts) {
  std::uint64_t key = 0x243F6A8885A308D3ULL;
  for (const auto part : parts)
    key = mix(key ^ part);
  return key;
}

/// A stream of numbers from a key (SplitMix64).
class Dice {
 public:
  explicit constexpr Dice(std::uint64_t key) : state_(key) {}
  constexpr std::uint64_t next() {
    const auto value = mix(state_);
    state_ += 0x9E3779B97F4A7C15ULL;
    return value;
  }
  /// Evenly from [0, bound); bound > 0 and far below 2^32, so the bias does not matter.
  constexpr std::uint64_t below(std::uint64_t bound) { return ((next() >> 32) * bound) >> 32; }
  constexpr double fraction() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  constexpr bool chance(double probability) { return fraction() < probability; }

 private:
  std::uint64_t state_;
};

}  // namespace cistern::lab
