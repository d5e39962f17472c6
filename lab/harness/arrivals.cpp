#include "lab/harness/arrivals.hpp"

#include "lab/harness/random.hpp"

#include <algorithm>

namespace cistern::lab {

namespace {

using std::chrono::microseconds;

constexpr std::int64_t kBucketMicroseconds =
    std::chrono::duration_cast<microseconds>(Arrivals::kBucket).count();

// In its bucket.
constexpr Duration kCrowdBegins = std::chrono::seconds{5};

// Related events share an id: their milliseconds tell them apart.
constexpr Duration kApart = std::chrono::milliseconds{1};

}  // namespace

Arrivals::Arrivals(const ArrivalOptions& options)
    : options_(options),
      first_(bucket_of(options.start - options.history)),
      most_late_(static_cast<std::uint64_t>(
          std::chrono::duration_cast<microseconds>(options.most_late).count())) {
  const auto buckets = bucket_of(options_.start) - first_;
  for (unsigned number = 1; number <= options_.crowded_seconds; ++number)
    crowded_.push_back(first_ + buckets * number / (options_.crowded_seconds + 1));
}

std::int64_t Arrivals::bucket_of(TimePoint time) {
  const auto ticks = time.time_since_epoch().count();
  return ticks / kBucket.count() - (ticks % kBucket.count() < 0 ? 1 : 0);
}

TimePoint Arrivals::bucket_start(std::int64_t bucket) {
  return TimePoint{kBucket * bucket};
}

bool Arrivals::is_crowded(std::int64_t bucket) const {
  return std::binary_search(crowded_.begin(), crowded_.end(), bucket);
}

std::uint32_t Arrivals::ordinary_count(std::int64_t bucket) const {
  if (bucket < first_) return 0;
  const bool live = bucket_start(bucket) >= options_.start;
  const auto seconds = std::chrono::duration<double>(kBucket).count();
  const auto expected =
      seconds * (live ? options_.live_per_second : options_.history_per_hour / 3600);
  if (expected <= 0) return 0;
  Dice dice(key_of({options_.key, 0xA1, static_cast<std::uint64_t>(bucket)}));
  const auto drawn = expected * (0.5 + dice.fraction());
  const auto whole = static_cast<std::uint32_t>(drawn);
  return whole + (dice.chance(drawn - whole) ? 1 : 0);
}

std::uint32_t Arrivals::count_without_twins(std::int64_t bucket) const {
  return ordinary_count(bucket) + (is_crowded(bucket) ? options_.crowd : 0);
}

std::uint64_t Arrivals::key_at(std::int64_t bucket, std::size_t place) const {
  return key_of({options_.key, static_cast<std::uint64_t>(bucket), place});
}

bool Arrivals::has_twin(std::uint64_t key) const {
  return options_.twin_share > 0 && Dice(key_of({key, 0xA3})).chance(options_.twin_share);
}

std::uint32_t Arrivals::count(std::int64_t bucket) const {
  const auto single = count_without_twins(bucket);
  auto all = single;
  for (std::uint32_t place = 0; place < single; ++place)
    all += has_twin(key_at(bucket, place)) ? 1 : 0;
  return all;
}

void Arrivals::read(std::int64_t bucket, std::vector<Arrival>& out) const {
  out.clear();
  const auto single = count_without_twins(bucket);
  if (single == 0) return;
  const auto crowd = is_crowded(bucket) ? options_.crowd : 0;
  Dice dice(key_of({options_.key, 0xA2, static_cast<std::uint64_t>(bucket)}));
  std::vector<TimePoint> times;
  for (std::uint32_t number = 0; number < single - crowd; ++number)
    times.push_back(bucket_start(bucket) + microseconds{dice.below(kBucketMicroseconds)});
  for (std::uint32_t number = 0; number < crowd; ++number)
    times.push_back(bucket_start(bucket) + kCrowdBegins + microseconds{dice.below(1'000'000)});
  std::sort(times.begin(), times.end());
  for (std::size_t at = 0; at < times.size(); ++at) {
    Arrival arrival;
    arrival.time = times[at];
    arrival.key = key_at(bucket, at);
    arrival.related = arrival.key;
    Dice own(arrival.key);
    if (own.chance(options_.late_share)) arrival.late = microseconds{own.below(most_late_ + 1)};
    if (at > 0 && times[at] - times[at - 1] >= kApart && own.chance(options_.related_share))
      arrival.related = out.back().related;
    out.push_back(arrival);
    if (!has_twin(arrival.key)) continue;
    arrival.twin = true;
    out.push_back(arrival);
  }
}

}  // namespace cistern::lab
