// Reading and writing the integers of identity files.
#pragma once

#include "base/ids.hpp"

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace cistern::journal {

/// Swaps on a big-endian machine only; the file's order is little-endian.
template <std::unsigned_integral T>
T to_little(T value) {
  if constexpr (std::endian::native == std::endian::big) {
    if constexpr (sizeof(T) == 8) {
      return __builtin_bswap64(value);
    } else {
      return __builtin_bswap32(value);
    }
  }
  return value;
}

/// The caller has checked that `at + sizeof(T)` lies within the bytes.
template <std::unsigned_integral T>
T read_little(std::string_view bytes, std::uint64_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return to_little(value);
}

template <std::unsigned_integral T>
void append_little(std::string& out, T value) {
  const T stored = to_little(value);
  char raw[sizeof stored];
  std::memcpy(raw, &stored, sizeof stored);
  out.append(raw, sizeof raw);
}

/// The first eight bytes as a number that has the order of the identities.
inline std::uint64_t leading_bits(const Identity& identity) {
  std::uint64_t value;
  std::memcpy(&value, identity.bytes.data(), sizeof value);
  if constexpr (std::endian::native == std::endian::little) {
    value = __builtin_bswap64(value);
  }
  return value;
}

/// The last eight, likewise.
inline std::uint64_t trailing_bits(const Identity& identity) {
  std::uint64_t value;
  std::memcpy(&value, identity.bytes.data() + 8, sizeof value);
  if constexpr (std::endian::native == std::endian::little) {
    value = __builtin_bswap64(value);
  }
  return value;
}

/// Order of the bytes, as operator<=>, but by words: GCC calls memcmp for an array of 16 bytes,
/// which was a sixth of a look-up and most of a sort.
inline bool identity_less(const Identity& a, const Identity& b) {
  const std::uint64_t left = leading_bits(a);
  const std::uint64_t right = leading_bits(b);
  return left != right ? left < right : trailing_bits(a) < trailing_bits(b);
}

/// As operator==, by words.
inline bool identity_equal(const Identity& a, const Identity& b) {
  return ((leading_bits(a) ^ leading_bits(b)) | (trailing_bits(a) ^ trailing_bits(b))) == 0;
}

/// As is_zero(), by words.
inline bool identity_is_zero(const Identity& identity) {
  return (leading_bits(identity) | trailing_bits(identity)) == 0;
}

inline Identity identity_at(std::string_view bytes, std::uint64_t offset) {
  Identity identity;
  std::memcpy(identity.bytes.data(), bytes.data() + offset, identity.bytes.size());
  return identity;
}

}  // namespace cistern::journal
