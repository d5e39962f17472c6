#include "connectors/crowdstrike_falcon/feed.hpp"

#include <algorithm>

namespace cistern::connectors::crowdstrike_falcon {

StreamStart start_of(const Feed& feed, const MachineOptions& options, bool suspect) {
  using Kind = StreamStart::Kind;
  if (suspect) return {Kind::oldest, 0};
  if (feed.expired) return {Kind::oldest, 0};
  // Whether the vendor counts the offset itself in is not documented. Asking for the last one that
  // is stored, and dropping it, is right either way.
  if (feed.cursor.last) return {Kind::offset, *feed.cursor.last};
  if (feed.began) return {Kind::oldest, 0};
  if (feed.floor) return {Kind::offset, *feed.floor};
  if (options.start == FirstStart::now) return {Kind::newest, 0};
  return {Kind::oldest, 0};
}

Duration refresh_delay(Duration interval) {
  constexpr Duration kLeast = std::chrono::seconds{15};
  const Duration most = interval * 9 / 10;
  return interval > kLeast + std::chrono::seconds{2} ? std::max(most, kLeast) : most;
}

bool was_sound(const Feed& feed, TimePoint now) {
  constexpr std::uint64_t kWorth = 20;
  return now - feed.opened >= std::chrono::seconds{60} || feed.brought >= kWorth;
}

Duration reconnect_delay(const Feed& feed, Duration least, Random& random) {
  constexpr Duration kMost = std::chrono::seconds{60};
  least = std::max<Duration>(least, std::chrono::seconds{1});
  const unsigned doublings = std::min(feed.short_lives, 6U);
  const Duration full = std::max(least, std::min<Duration>(kMost, least * (1LL << doublings)));
  return full + Duration{static_cast<std::int64_t>(static_cast<double>(full.count()) / 4.0 *
                                                   random.fraction())};
}

}  // namespace cistern::connectors::crowdstrike_falcon
