#include "base/random.hpp"

#include <array>
#include <cerrno>
#include <system_error>

#include <unistd.h>

namespace cistern {

std::uint64_t SystemRandom::next() {
  std::uint64_t value = 0;
  // Requests of at most 256 bytes are neither cut short nor interrupted; an error means that the
  // kernel has no generator at all, and no identifier made without one could be trusted.
  if (::getentropy(&value, sizeof value) != 0)
    throw std::system_error(errno, std::generic_category(), "getentropy");
  return value;
}

std::uint64_t SeededRandom::next() {
  state_ += 0x9E3779B97F4A7C15ULL;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
  return mixed ^ (mixed >> 31);
}

std::string random_uuid(Random& random) {
  std::uint64_t high = random.next();
  std::uint64_t low = random.next();
  high = (high & 0xFFFFFFFFFFFF0FFFULL) | 0x0000000000004000ULL;  // version 4
  low = (low & 0x3FFFFFFFFFFFFFFFULL) | 0x8000000000000000ULL;    // variant of RFC 9562
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(36);
  for (int digit = 0; digit < 32; ++digit) {
    if (digit == 8 || digit == 12 || digit == 16 || digit == 20) out += '-';
    const std::uint64_t half = digit < 16 ? high : low;
    out += kDigits[(half >> (60 - 4 * (digit % 16))) & 0xF];
  }
  return out;
}

}  // namespace cistern
