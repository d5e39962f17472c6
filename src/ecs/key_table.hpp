// Look-up of a record's field names: a flat table with open addressing, built once.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::ecs {

/// Length, first and last bytes tell field names of one vendor apart well enough.
inline std::size_t quick_hash(std::string_view name) {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  const std::size_t part = name.size() < 8 ? name.size() : 8;
  if (part > 0) {
    std::memcpy(&first, name.data(), part);
    std::memcpy(&last, name.data() + name.size() - part, part);
  }
  std::uint64_t mixed = (first ^ (last * 0x9E3779B97F4A7C15ULL)) + name.size();
  mixed ^= mixed >> 29;
  mixed *= 0xBF58476D1CE4E5B9ULL;
  return static_cast<std::size_t>(mixed ^ (mixed >> 32));
}

/// What a name means at one level of the record.
struct KeyEntry {
  std::string name;
  std::int32_t slot = -1;   ///< Where the value goes, or -1.
  std::int32_t child = -1;  ///< The table for the object behind it, or -1.
  bool known = false;       ///< Declared by the mapping.
};

class KeyTable {
 public:
  /// The entry for a name, made if needed.
  KeyEntry& entry(std::string_view name) {
    for (auto& entry : entries_) {
      if (entry.name == name) return entry;
    }
    entries_.push_back({std::string(name), -1, -1, false});
    return entries_.back();
  }

  /// To be called once, after the last entry().
  void freeze() {
    std::size_t size = 8;
    while (size < entries_.size() * 4)
      size *= 2;
    places_.assign(size, 0);
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
      std::size_t place = quick_hash(entries_[i].name) & (size - 1);
      while (places_[place] != 0)
        place = (place + 1) & (size - 1);
      places_[place] = i + 1;
    }
  }

  /// Index of the entry, or -1.
  [[nodiscard]] std::int32_t find(std::string_view name) const {
    for (std::size_t place = quick_hash(name) & (places_.size() - 1); places_[place] != 0;
         place = (place + 1) & (places_.size() - 1)) {
      if (entries_[places_[place] - 1].name == name) {
        return static_cast<std::int32_t>(places_[place] - 1);
      }
    }
    return -1;
  }

  [[nodiscard]] const KeyEntry& at(std::int32_t index) const {
    return entries_[static_cast<std::size_t>(index)];
  }
  [[nodiscard]] const std::vector<KeyEntry>& entries() const { return entries_; }

 private:
  std::vector<KeyEntry> entries_;
  std::vector<std::uint32_t> places_;
};

}  // namespace cistern::ecs
