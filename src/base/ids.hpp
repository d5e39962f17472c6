// Names of records: the identity that follows an event everywhere, and its place in the store.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace cistern {

/// Place of an event in the store: 1, 2, 3 ... without gaps at assignment, never used again.
using Sequence = std::uint64_t;

/// 128-bit hash of what makes a record the same record: vendor, the vendor's tenant, and the rule
/// in the connector's README; never of connector name, option or mapping.
struct Identity {
  std::array<std::uint8_t, 16> bytes{};

  [[nodiscard]] bool is_zero() const { return (word(0) | word(8)) == 0; }
  /// Two words at a time: sets of many millions are compared all day.
  friend bool operator==(const Identity& a, const Identity& b) {
    return a.word(0) == b.word(0) && a.word(8) == b.word(8);
  }
  /// In the order of the bytes.
  friend std::strong_ordering operator<=>(const Identity& a, const Identity& b) {
    if (a.word(0) != b.word(0)) return big_endian(a.word(0)) <=> big_endian(b.word(0));
    return big_endian(a.word(8)) <=> big_endian(b.word(8));
  }

 private:
  [[nodiscard]] std::uint64_t word(std::size_t at) const {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    return word;
  }
  static std::uint64_t big_endian(std::uint64_t word) {
    return std::endian::native == std::endian::little ? __builtin_bswap64(word) : word;
  }
};

/// The first 128 bits of SHA-256 over the parts, each preceded by its length as 8 bytes, so that
/// ("ab", "c") and ("a", "bc") differ. A cryptographic hash, because the parts come from outside: a
/// collision made on purpose would hide an event.
Identity make_identity(std::initializer_list<std::string_view> parts);

/// 32 lower-case hexadecimal digits.
std::string to_hex(const Identity& identity);
void append_hex(std::string& out, const Identity& identity);
/// Accepts exactly 32 hexadecimal digits.
std::optional<Identity> identity_from_hex(std::string_view text);

struct IdentityHash {
  std::size_t operator()(const Identity& identity) const noexcept;
};

}  // namespace cistern
