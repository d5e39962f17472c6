// What the names of a record's members mean to a mapping.
#pragma once

#include "ecs/name_index.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::ecs {

/// What a name means at one level of the record.
struct KeyEntry {
  std::int32_t slot = -1;   ///< Where the value goes, or -1.
  std::int32_t child = -1;  ///< The table for the object behind it, or -1.
  bool known = false;       ///< Declared by the mapping, where its level declares names.
};

class KeyTable {
 public:
  /// The entry for a name, made if needed.
  KeyEntry& entry(std::string_view name) {
    const std::size_t number = names_.add(name);
    if (number == entries_.size()) entries_.emplace_back();
    return entries_[number];
  }

  /// Index of the entry, or -1.
  [[nodiscard]] std::int32_t find(std::string_view name) const { return names_.find(name); }

  [[nodiscard]] const KeyEntry& at(std::int32_t index) const {
    return entries_[static_cast<std::size_t>(index)];
  }
  [[nodiscard]] const std::string& name(std::int32_t index) const {
    return names_.name(static_cast<std::size_t>(index));
  }
  [[nodiscard]] const std::vector<KeyEntry>& entries() const { return entries_; }

  /// From now on names that are not known count as drift; `prefix` stands before them in reports.
  void declare(std::string_view prefix) {
    declares_ = true;
    prefix_ = prefix;
  }
  [[nodiscard]] bool declares() const { return declares_; }
  [[nodiscard]] const std::string& prefix() const { return prefix_; }

 private:
  NameIndex names_;
  std::vector<KeyEntry> entries_;
  std::string prefix_;
  bool declares_ = false;
};

}  // namespace cistern::ecs
