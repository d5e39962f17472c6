// The identities of the group that is being built.
#pragma once

#include "base/ids.hpp"
#include "journal/identity/identity_bytes.hpp"

#include <cstdint>
#include <cstring>
#include <vector>

namespace cistern::journal {

/// A set with open addressing: no allocation for each identity. The zero identity means an empty
/// place, so it must not be inserted; records with it have no identity anyway.
class GroupIdentities {
 public:
  /// False when it is there already.
  bool insert(const Identity& identity) {
    if ((size_ + 1) * 2 > places_.size()) grow();
    Identity& place = places_[place_of(identity)];
    if (!identity_is_zero(place)) return false;
    place = identity;
    ++size_;
    return true;
  }
  void clear() {
    if (size_ > 0) places_.assign(places_.size() > kKept ? 0 : places_.size(), Identity{});
    if (places_.empty()) places_.shrink_to_fit();
    size_ = 0;
  }

 private:
  static constexpr std::size_t kFewest = 256;
  static constexpr std::size_t kKept = 1 << 16;  ///< More places than that are given back.

  /// Where the identity stands, or the empty place where it belongs.
  [[nodiscard]] std::size_t place_of(const Identity& identity) const {
    std::uint64_t hash = 0;
    std::memcpy(&hash, identity.bytes.data(), sizeof hash);
    std::size_t place = hash & (places_.size() - 1);
    while (!identity_is_zero(places_[place]) && !identity_equal(places_[place], identity)) {
      place = (place + 1) & (places_.size() - 1);
    }
    return place;
  }
  void grow() {
    std::vector<Identity> old(places_.empty() ? kFewest : places_.size() * 2);
    old.swap(places_);
    for (const Identity& identity : old) {
      if (!identity_is_zero(identity)) places_[place_of(identity)] = identity;
    }
  }

  std::vector<Identity> places_;
  std::size_t size_ = 0;
};

}  // namespace cistern::journal
