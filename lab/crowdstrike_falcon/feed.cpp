#include "lab/crowdstrike_falcon/feed.hpp"

#include <algorithm>

namespace cistern::lab {

namespace {

// More than any feed will ever have; keeps the search from overflowing.
constexpr std::uint64_t kMostEvents = std::uint64_t{1} << 60;

}  // namespace

Feed::Feed(unsigned customer, unsigned partition, const FeedPace& pace) : schedule_(pace) {
  row_.customer = customer;
  row_.partition = partition;
}

std::uint64_t Feed::added_before_own(std::uint64_t own) const {
  const auto found =
      std::partition_point(row_.added.begin(), row_.added.end(),
                           [own](const AddedEvent& event) { return event.after <= own; });
  return static_cast<std::uint64_t>(found - row_.added.begin());
}

std::uint64_t Feed::own_offset(std::uint64_t own) const {
  return schedule_.number_of(own) + added_before_own(own);
}

std::uint64_t Feed::added_offset(std::uint64_t index) const {
  return schedule_.number_behind(row_.added[index].after) + index;
}

FeedCursor Feed::end(TimePoint when) const {
  return {schedule_.count(when), row_.added.size()};
}

bool Feed::is_added(FeedCursor cursor) const {
  return cursor.added < row_.added.size() && row_.added[cursor.added].after <= cursor.own;
}

FeedCursor Feed::next(FeedCursor cursor) const {
  if (is_added(cursor)) return {cursor.own, cursor.added + 1};
  return {cursor.own + 1, cursor.added};
}

std::uint64_t Feed::offset_at(FeedCursor cursor) const {
  return is_added(cursor) ? added_offset(cursor.added)
                          : schedule_.number_of(cursor.own) + cursor.added;
}

FeedCursor Feed::at(std::uint64_t offset) const {
  // Numbers grow by at least one an event, so none of them lies further on than this.
  const auto first = schedule_.number_behind(0);
  std::uint64_t low = 0;
  std::uint64_t high = offset > first ? std::min(offset - first, kMostEvents) + 1 : 0;
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    if (own_offset(middle) < offset) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  std::uint64_t added = 0;
  std::uint64_t beyond = row_.added.size();
  while (added < beyond) {
    const auto middle = added + (beyond - added) / 2;
    if (added_offset(middle) < offset) {
      added = middle + 1;
    } else {
      beyond = middle;
    }
  }
  return {low, added};
}

// An added event comes before the own event of the same index, so it is the nearer one exactly when
// no own event lies between.
FeedCursor Feed::one_before(FeedCursor cursor) const {
  if (cursor.added > 0 && row_.added[cursor.added - 1].after >= cursor.own) {
    return {cursor.own, cursor.added - 1};
  }
  return {cursor.own - std::min<std::uint64_t>(cursor.own, 1), cursor.added};
}

FeedCursor Feed::before(FeedCursor cursor, std::uint64_t back) const {
  while (back-- > 0 && cursor != row_.floor)
    cursor = one_before(cursor);
  return cursor;
}

void Feed::add(AddedEvent event, TimePoint when) {
  event.after = schedule_.count(when);
  if (!row_.added.empty()) event.after = std::max(event.after, row_.added.back().after);
  event.time = when;
  row_.added.push_back(std::move(event));
}

void Feed::expire(FeedCursor before) {
  row_.floor.own = std::max(row_.floor.own, before.own);
  row_.floor.added = std::max(row_.floor.added, before.added);
}

std::optional<FeedGap> Feed::expired_above(std::uint64_t offset) const {
  if (offset == UINT64_MAX) return std::nullopt;
  const auto first = at(offset + 1);
  if (first.own >= row_.floor.own && first.added >= row_.floor.added) return std::nullopt;
  FeedGap gap;
  gap.from = offset_at(first);
  gap.to = offset_at(one_before(row_.floor));
  gap.events = row_.floor.own - std::min(first.own, row_.floor.own) + row_.floor.added -
               std::min(first.added, row_.floor.added);
  return gap;
}

}  // namespace cistern::lab
