#include "lab/cisco_secure_endpoint/endpoint_content.hpp"

#include "lab/harness/random.hpp"

#include <algorithm>

namespace cistern::lab {

namespace {

// Computers that were offline report later.
Duration most_late(FaultProfile profile) {
  if (profile == FaultProfile::calm) return Duration{0};
  return std::chrono::seconds{profile == FaultProfile::hostile ? 600 : 60};
}

ArrivalOptions arrival_options(const EndpointContentOptions& options, EndpointLog log) {
  const bool events = log == EndpointLog::events;
  const double share = events ? 1.0 : 0.05;
  ArrivalOptions out;
  out.key = key_of({options.seed, 0x5E, events ? 1U : 2U});
  out.start = options.start;
  out.history = options.history;
  out.history_per_hour = options.history_per_hour * share;
  out.live_per_second = options.live_per_second * share;
  out.most_late = events ? most_late(options.profile) : Duration{0};
  out.late_share = out.most_late > Duration{0} ? 0.03 : 0;
  out.twin_share = events ? 0.15 : 0.04;
  return out;
}

// A log is asked for by the second.
TimePoint second_of(const Arrival& arrival) {
  return std::chrono::floor<std::chrono::seconds>(arrival.time);
}

}  // namespace

std::string_view to_string(EndpointLog log) {
  return log == EndpointLog::events ? "events" : "audit";
}

EndpointContent::EndpointContent(const EndpointContentOptions& options)
    : options_(options),
      events_(arrival_options(options, EndpointLog::events)),
      audit_(arrival_options(options, EndpointLog::audit)) {}

EndpointPage EndpointContent::page(EndpointLog log, const EndpointRange& range,
                                   const Filter& filter, std::uint64_t offset, std::size_t limit,
                                   const EndpointSight& sight) const {
  const auto& arrivals = this->arrivals(log);
  const auto low =
      std::max(Arrivals::bucket_of(std::max(range.from, sight.oldest)), arrivals.first_bucket());
  const auto high = Arrivals::bucket_of(std::min(range.to, sight.until));
  // Behind this all of a bucket can be seen.
  const auto settled =
      Arrivals::bucket_of(sight.until - arrivals.options().most_late - Arrivals::kBucket);
  EndpointPage page;
  std::vector<Arrival> rows;
  for (auto bucket = high; bucket >= low; --bucket) {
    const auto count = arrivals.count(bucket);
    if (count == 0) continue;
    const bool whole = !filter && bucket > low && bucket < high && bucket < settled;
    if (whole && (page.total + count <= offset || page.rows.size() == limit)) {
      page.total += count;
      continue;
    }
    arrivals.read(bucket, rows);
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
      const auto second = second_of(*row);
      if (second < range.from || second > range.to || !sight.shows(*row)) continue;
      if (filter && !filter(*row)) continue;
      if (page.total++ >= offset && page.rows.size() < limit) page.rows.push_back(*row);
    }
  }
  return page;
}

std::vector<Arrival> EndpointContent::since(TimePoint since, const EndpointSight& sight) const {
  std::vector<Arrival> out;
  std::vector<Arrival> rows;
  const auto low =
      std::max(Arrivals::bucket_of(std::max(since, TimePoint{} + std::chrono::hours{1}) -
                                   events_.options().most_late),
               events_.first_bucket());
  for (auto bucket = low; bucket <= Arrivals::bucket_of(sight.until); ++bucket) {
    if (events_.count(bucket) == 0) continue;
    events_.read(bucket, rows);
    for (const auto& row : rows) {
      if (row.time + row.late > since && sight.shows(row)) out.push_back(row);
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const Arrival& a, const Arrival& b) {
    return a.time + a.late < b.time + b.late;
  });
  return out;
}

}  // namespace cistern::lab
