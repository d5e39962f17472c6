// Look-up of names that were known when a mapping was compiled: a flat table with open addressing.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::ecs {

/// A text as numbers: for up to 16 bytes equal numbers and an equal length mean equal texts, so
/// most names are compared without a call. Loads of a fixed size that overlap, for the same reason.
struct NameBits {
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  NameBits() = default;
  explicit NameBits(std::string_view name) {
    const char* const begin = name.data();
    const std::size_t size = name.size();
    if (size >= 8) {
      first = load<std::uint64_t>(begin);
      last = load<std::uint64_t>(begin + size - 8);
    } else if (size >= 4) {
      first = load<std::uint32_t>(begin);
      last = load<std::uint32_t>(begin + size - 4);
    } else if (size > 0) {
      first = static_cast<unsigned char>(begin[0]);
      last = static_cast<std::uint64_t>(static_cast<unsigned char>(begin[size / 2])) << 8 |
             static_cast<unsigned char>(begin[size - 1]);
    }
  }

  /// Length, first and last bytes tell the names of one vendor apart well enough.
  [[nodiscard]] std::size_t hash(std::size_t size) const {
    std::uint64_t mixed = (first ^ (last * 0x9E3779B97F4A7C15ULL)) + size;
    mixed ^= mixed >> 29;
    mixed *= 0xBF58476D1CE4E5B9ULL;
    return static_cast<std::size_t>(mixed ^ (mixed >> 32));
  }

 private:
  template <class T>
  static T load(const char* from) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
  }
};

/// A name to compare texts with.
struct Name {
  explicit Name(std::string_view name) : bits(name), text(name) {}
  NameBits bits;
  std::string text;

  /// `other_bits` are those of `other`.
  [[nodiscard]] bool equals(std::string_view other, const NameBits& other_bits) const {
    return bits.first == other_bits.first && bits.last == other_bits.last &&
           text.size() == other.size() && (other.size() <= 16 || text == other);
  }
};

/// Numbers names from 0 in the order in which they are added. What is looked up cannot make it
/// slower: only mappings write into it.
class NameIndex {
 public:
  /// The name's number; a new name gets the next one.
  std::size_t add(std::string_view name) {
    if (const std::int32_t known = find(name); known >= 0) return static_cast<std::size_t>(known);
    if ((names_.size() + 1) * 4 > places_.size()) grow();
    names_.emplace_back(name);
    insert(names_.size() - 1);
    return names_.size() - 1;
  }

  /// The name's number, or -1.
  [[nodiscard]] std::int32_t find(std::string_view name) const {
    if (places_.empty()) return -1;
    const NameBits bits(name);
    for (std::size_t at = bits.hash(name.size()) & (places_.size() - 1); places_[at].used != 0;
         at = (at + 1) & (places_.size() - 1)) {
      const Place& place = places_[at];
      if (place.first == bits.first && place.last == bits.last && place.size == name.size() &&
          (name.size() <= 16 || names_[place.used - 1] == name)) {
        return static_cast<std::int32_t>(place.used - 1);
      }
    }
    return -1;
  }

  [[nodiscard]] const std::string& name(std::size_t number) const { return names_[number]; }
  [[nodiscard]] std::size_t size() const { return names_.size(); }

 private:
  struct Place {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::uint64_t size = 0;
    std::uint32_t used = 0;  ///< The name's number plus one.
  };

  void insert(std::size_t number) {
    const std::string& name = names_[number];
    const NameBits bits(name);
    std::size_t at = bits.hash(name.size()) & (places_.size() - 1);
    while (places_[at].used != 0)
      at = (at + 1) & (places_.size() - 1);
    places_[at] = {bits.first, bits.last, name.size(), static_cast<std::uint32_t>(number + 1)};
  }

  void grow() {
    places_.assign(places_.empty() ? 16 : places_.size() * 2, Place{});
    for (std::size_t number = 0; number < names_.size(); ++number)
      insert(number);
  }

  std::vector<std::string> names_;
  std::vector<Place> places_;
};

}  // namespace cistern::ecs
