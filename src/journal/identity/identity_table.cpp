#include "journal/identity/identity_table.hpp"

#include "journal/identity/identity_bytes.hpp"

#include <algorithm>
#include <bit>

namespace cistern::journal {
namespace {

constexpr std::size_t kSmallest = 1024;

// Identities are hashes already, but tests and future rules may not spread them so well.
std::uint64_t spread(const Identity& identity) {
  std::uint64_t tail;
  std::memcpy(&tail, identity.bytes.data() + 8, sizeof tail);
  return (leading_bits(identity) ^ std::rotl(tail, 32)) * 0x9e37'79b9'7f4a'7c15ULL;
}

}  // namespace

IdentityTable::IdentityTable() : slots_(kSmallest) {}

void IdentityTable::prefetch(const Identity& identity) const {
  const auto shift = static_cast<unsigned>(64 - std::countr_zero(slots_.size()));
  __builtin_prefetch(&slots_[spread(identity) >> shift]);
}

bool IdentityTable::contains(const Identity& identity) const {
  return !identity_is_zero(identity) && !identity_is_zero(slots_[slot_of(identity)]);
}

void IdentityTable::insert(const Identity& identity, TimePoint arrival) {
  if (identity_is_zero(identity)) return;
  if ((size_ + 1) * 4 > slots_.size() * 3) grow();
  Identity& slot = slots_[slot_of(identity)];
  oldest_ = size_ == 0 ? arrival : std::min(oldest_, arrival);
  newest_ = size_ == 0 ? arrival : std::max(newest_, arrival);
  if (identity_is_zero(slot)) {
    slot = identity;
    ++size_;
  }
}

void IdentityTable::limit_arrivals(TimePoint now) {
  oldest_ = std::min(oldest_, now);
  newest_ = std::min(newest_, now);
}

void IdentityTable::clear() {
  *this = IdentityTable{};
}

std::vector<Identity> IdentityTable::sorted() const {
  std::vector<Identity> identities;
  identities.reserve(size_);
  for (const Identity& identity : slots_) {
    if (!identity_is_zero(identity)) identities.push_back(identity);
  }
  std::sort(identities.begin(), identities.end(), identity_less);
  return identities;
}

std::size_t IdentityTable::slot_of(const Identity& identity) const {
  const auto shift = static_cast<unsigned>(64 - std::countr_zero(slots_.size()));
  std::size_t slot = spread(identity) >> shift;
  while (!identity_is_zero(slots_[slot]) && !identity_equal(slots_[slot], identity)) {
    slot = (slot + 1) & (slots_.size() - 1);
  }
  return slot;
}

void IdentityTable::grow() {
  std::vector<Identity> before = std::move(slots_);
  slots_.assign(before.size() * 2, Identity{});
  for (const Identity& identity : before) {
    if (!identity_is_zero(identity)) slots_[slot_of(identity)] = identity;
  }
}

}  // namespace cistern::journal
