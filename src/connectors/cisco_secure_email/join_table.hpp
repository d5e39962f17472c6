// Entries by number: found in one step, the least recently touched one first to go, and only what
// changed is saved.
#pragma once

#include "base/record.hpp"
#include "connectors/cisco_secure_email/join_entries.hpp"

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cistern::connectors::cisco_secure_email {

/// T is an Entry with encode() and decode(). Entries keep their address until they are erased.
template <class T>
class JoinTable {
 public:
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] std::int64_t weight() const { return weight_; }
  [[nodiscard]] std::int64_t unsaved() const { return unsaved_; }
  /// The entry that was not touched for the longest time.
  [[nodiscard]] T* oldest() { return static_cast<T*>(oldest_); }

  T* find(std::uint64_t number) {
    if (last_ != nullptr && last_->number == number) return last_;
    const auto found = entries_.find(number);
    if (found == entries_.end()) return nullptr;
    last_ = &found->second;
    return last_;
  }

  [[nodiscard]] const T* find(std::uint64_t number) const {
    const auto found = entries_.find(number);
    return found == entries_.end() ? nullptr : &found->second;
  }

  /// The entry, made when there is none.
  T& open(std::uint64_t number) {
    if (T* known = find(number)) return *known;
    T& made = entries_[number];
    made.number = number;
    weight_ += made.weight;
    append(made);
    last_ = &made;
    return made;
  }

  /// It changed, and weighs so much more.
  void changed(T& entry, std::int64_t more = 0) {
    entry.weight += more;
    weight_ += more;
    if (entry.dirty) {
      unsaved_ += more;
    } else {
      entry.dirty = true;
      unsaved_ += entry.weight;
      dirty_.push_back(entry.number);
    }
    if (newest_ == &entry) return;
    unlink(entry);
    append(entry);
  }

  void erase(T& entry) {
    const std::uint64_t number = entry.number;
    unlink(entry);
    weight_ -= entry.weight;
    if (entry.dirty) unsaved_ -= entry.weight;
    if (entry.saved) {
      gone_.push_back(number);
      unsaved_ += kGoneWeight;
    }
    if (last_ == &entry) last_ = nullptr;
    entries_.erase(number);
  }

  template <class Use>
  void each(Use&& use) {
    for (auto& [number, entry] : entries_)
      use(entry);
  }

  /// What changed since the last call; keys are the prefix and the number.
  void save(std::string_view prefix, StateDelta& delta) {
    for (const std::uint64_t number : gone_)
      delta.push_back({key_of(prefix, number), std::nullopt});
    gone_.clear();
    for (const std::uint64_t number : dirty_) {
      const auto found = entries_.find(number);
      if (found == entries_.end() || !found->second.dirty) continue;
      T& entry = found->second;
      entry.dirty = false;
      entry.saved = true;
      std::string text;
      text.reserve(static_cast<std::size_t>(entry.weight));
      encode(entry, text);
      delta.push_back({key_of(prefix, number), std::move(text)});
    }
    dirty_.clear();
    unsaved_ = 0;
  }

  /// Takes up a saved entry; nothing when it cannot be read.
  T* restore(std::uint64_t number, std::string_view text) {
    T& entry = entries_[number];
    if (!decode(text, entry)) {
      entries_.erase(number);
      return nullptr;
    }
    entry.number = number;
    entry.saved = true;
    weight_ += entry.weight;
    append(entry);
    return &entry;
  }

 private:
  static constexpr std::int64_t kGoneWeight = 40;

  static std::string key_of(std::string_view prefix, std::uint64_t number) {
    return std::string{prefix} + std::to_string(number);
  }
  void append(Entry& entry) {
    entry.older = newest_;
    entry.newer = nullptr;
    (newest_ == nullptr ? oldest_ : newest_->newer) = &entry;
    newest_ = &entry;
  }
  void unlink(Entry& entry) {
    (entry.older == nullptr ? oldest_ : entry.older->newer) = entry.newer;
    (entry.newer == nullptr ? newest_ : entry.newer->older) = entry.older;
  }

  std::unordered_map<std::uint64_t, T> entries_;
  Entry* oldest_ = nullptr;
  Entry* newest_ = nullptr;
  T* last_ = nullptr;
  std::int64_t weight_ = 0;
  std::int64_t unsaved_ = 0;
  std::vector<std::uint64_t> dirty_;
  std::vector<std::uint64_t> gone_;
};

}  // namespace cistern::connectors::cisco_secure_email
