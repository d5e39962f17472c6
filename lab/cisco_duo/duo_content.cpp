#include "lab/cisco_duo/duo_content.hpp"

#include "lab/harness/random.hpp"

#include <algorithm>

namespace cistern::lab {

namespace {

// Rows of a log for each authentication.
double share_of(DuoStream stream) {
  switch (stream) {
    case DuoStream::authentication:
      return 1.0;
    case DuoStream::activity:
      return 0.3;
    case DuoStream::telephony:
      return 0.2;
    case DuoStream::administrator:
      return 0.1;
    case DuoStream::offline_enrollment:
      return 0.03;
    case DuoStream::trust_monitor:
      return 0.02;
  }
  return 0;
}

// How much longer than all others some rows take; nothing is known of it for the older endpoints.
Duration most_late(FaultProfile profile, DuoStream stream) {
  if (profile == FaultProfile::calm || is_by_second(stream)) return Duration{0};
  return std::chrono::seconds{profile == FaultProfile::hostile ? 120 : 30};
}

ArrivalOptions arrival_options(const DuoContentOptions& options, unsigned account,
                               DuoStream stream) {
  const bool calm = options.profile == FaultProfile::calm;
  ArrivalOptions out;
  out.key = key_of({options.seed, 0xD00, account, static_cast<std::uint64_t>(stream)});
  out.start = options.start;
  out.history = options.history;
  out.history_per_hour = options.history_per_hour * share_of(stream);
  out.live_per_second = options.live_per_second * share_of(stream);
  out.most_late = most_late(options.profile, stream);
  out.late_share = out.most_late > Duration{0} ? 0.03 : 0;
  out.twin_share = is_by_second(stream) ? 0.05 : 0;
  out.related_share = calm || is_by_second(stream) ? 0 : 0.01;
  out.crowded_seconds = options.crowded_seconds;
  return out;
}

TimePoint time_of(std::int64_t milliseconds) {
  // Far enough for every sensible question, and without overflow for the others.
  constexpr std::int64_t most = 4'102'444'800'000;
  return TimePoint{std::chrono::milliseconds{std::clamp<std::int64_t>(milliseconds, 0, most)}};
}

}  // namespace

std::int64_t duo_milliseconds(TimePoint time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

DuoContent::DuoContent(const DuoContentOptions& options) : options_(options) {
  arrivals_.reserve(options.accounts * kDuoStreams.size());
  for (unsigned account = 1; account <= options.accounts; ++account) {
    for (const auto stream : kDuoStreams)
      arrivals_.emplace_back(arrival_options(options, account, stream));
  }
}

const Arrivals& DuoContent::arrivals(unsigned account, DuoStream stream) const {
  return arrivals_[(account - 1) * kDuoStreams.size() + static_cast<std::size_t>(stream)];
}

void DuoContent::read_rows(unsigned account, DuoStream stream, std::int64_t bucket,
                           const DuoWindow& window, const DuoSight& sight,
                           std::vector<DuoRow>& rows) const {
  rows.clear();
  const auto& arrivals = this->arrivals(account, stream);
  if (arrivals.count(bucket) == 0) return;
  std::vector<Arrival> all;
  arrivals.read(bucket, all);
  for (const auto& arrival : all) {
    const auto at = duo_milliseconds(arrival.time);
    if (at < window.from || at > window.to || !sight.shows(arrival)) continue;
    rows.push_back({{at, duo_row_id(stream, arrival)}, arrival});
  }
  std::sort(rows.begin(), rows.end(),
            [](const DuoRow& a, const DuoRow& b) { return a.place < b.place; });
}

DuoPage DuoContent::page(unsigned account, DuoStream stream, const DuoWindow& window,
                         const std::optional<DuoPlaceInLog>& after, std::size_t limit,
                         bool descending, const DuoSight& sight) const {
  const auto first_bucket = arrivals(account, stream).first_bucket();
  const auto low =
      std::max(Arrivals::bucket_of(std::max(time_of(window.from), sight.oldest)), first_bucket);
  const auto high = Arrivals::bucket_of(std::min(time_of(window.to), sight.until));
  DuoPage page;
  std::vector<DuoRow> rows;
  auto bucket = descending ? high : low;
  if (after) {
    const auto resumed = Arrivals::bucket_of(time_of(after->first));
    bucket = descending ? std::min(bucket, resumed) : std::max(bucket, resumed);
  }
  for (; bucket >= low && bucket <= high; bucket += descending ? -1 : 1) {
    read_rows(account, stream, bucket, window, sight, rows);
    if (descending) std::reverse(rows.begin(), rows.end());
    for (auto& row : rows) {
      if (after && (descending ? row.place >= *after : row.place <= *after)) continue;
      page.more = page.rows.size() == limit;
      if (page.more) return page;
      page.rows.push_back(std::move(row));
    }
  }
  return page;
}

std::uint64_t DuoContent::count(unsigned account, DuoStream stream, const DuoWindow& window,
                                const DuoSight& sight) const {
  const auto& arrivals = this->arrivals(account, stream);
  const auto low = std::max(Arrivals::bucket_of(std::max(time_of(window.from), sight.oldest)),
                            arrivals.first_bucket());
  const auto high = Arrivals::bucket_of(std::min(time_of(window.to), sight.until));
  // Behind this all of a bucket can be seen.
  const auto settled = Arrivals::bucket_of(sight.until - sight.lateness -
                                           arrivals.options().most_late - Arrivals::kBucket);
  std::uint64_t total = 0;
  std::vector<DuoRow> rows;
  for (auto bucket = low; bucket <= high; ++bucket) {
    if (bucket > low && bucket < high && bucket < settled) {
      total += arrivals.count(bucket);
    } else {
      read_rows(account, stream, bucket, window, sight, rows);
      total += rows.size();
    }
  }
  return total;
}

std::vector<Arrival> DuoContent::earliest(unsigned account, DuoStream stream, std::int64_t second,
                                          std::size_t limit, const DuoSight& sight) const {
  const auto& arrivals = this->arrivals(account, stream);
  const auto from = std::max(
      time_of(second < 0 ? 0 : std::min(second, INT64_C(4'000'000'000)) * 1000), sight.oldest);
  std::vector<Arrival> out;
  std::vector<Arrival> all;
  for (auto bucket = std::max(Arrivals::bucket_of(from), arrivals.first_bucket());
       bucket <= Arrivals::bucket_of(sight.until); ++bucket) {
    if (arrivals.count(bucket) == 0) continue;
    arrivals.read(bucket, all);
    for (const auto& arrival : all) {
      if (unix_seconds(arrival.time) < second || !sight.shows(arrival)) continue;
      if (out.size() == limit) return out;
      out.push_back(arrival);
    }
  }
  return out;
}

}  // namespace cistern::lab
