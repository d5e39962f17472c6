#include "lab/microsoft_365/timeline.hpp"

#include "lab/harness/random.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace cistern::lab {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

struct Odds {
  double late;
  double copy;
  double repeats_first;
  double spaced;
  milliseconds latest;  // Of live blobs.
};

constexpr Odds odds_of(FaultProfile profile) {
  switch (profile) {
    case FaultProfile::calm:
      return {0, 0, 0, 0, {}};
    case FaultProfile::ordinary:
      return {0.05, 0.05, 0.02, 0.03, seconds{20}};
    case FaultProfile::hostile:
      return {0.15, 0.15, 0.05, 0.10, minutes{2}};
  }
  return {};
}

std::uint64_t id_of(ContentType type) {
  return static_cast<std::uint64_t>(type);
}

TimePoint floor_ms(TimePoint time) {
  return std::chrono::floor<milliseconds>(time);
}

Duration part_of(Duration whole, double fraction) {
  return Duration{static_cast<std::int64_t>(static_cast<double>(whole.count()) * fraction)};
}

// A listing never reaches further back than 7 days; a late blob of the history must appear where a
// collector that looks back two hours still finds it.
constexpr auto kLateReach = minutes{100};

std::uint32_t size_of_next(double records, Dice& dice) {
  if (records <= 40) return dice.chance(0.2) ? 1 + static_cast<std::uint32_t>(dice.below(20)) : 40;
  if (dice.chance(0.1)) return 1 + static_cast<std::uint32_t>(dice.below(5));
  if (records <= 2000) return 40 + static_cast<std::uint32_t>(dice.below(360));
  return 500 + static_cast<std::uint32_t>(dice.below(4500));
}

}  // namespace

Timeline::Timeline(TimelineOptions options) : options_(std::move(options)) {
  // Times of blobs have milliseconds; a finer bucket border would put one into its neighbour.
  options_.start = floor_ms(options_.start);
  options_.live_blob =
      std::max<Duration>(std::chrono::floor<milliseconds>(options_.live_blob), milliseconds{100});
  if (options_.history > Duration{0}) {
    history_width_ = std::chrono::floor<seconds>(
        std::clamp<Duration>(options_.history / 168, seconds{10}, hours{1}));
    history_buckets_ = (options_.history + history_width_ - Duration{1}) / history_width_;
  }
  plant_gaps();
}

void Timeline::plant_gaps() {
  const auto buckets = static_cast<std::uint64_t>(history_buckets_);
  // The oldest part would fall out of the window by itself before anybody can be blamed.
  const std::uint64_t skip = buckets / 10;
  const std::uint64_t usable = buckets - skip;
  const auto most =
      std::min<std::uint64_t>(options_.planted_gaps, usable * 5 * options_.tenants / 2);
  Dice dice(key_of({options_.seed, 0x6A9}));
  while (gaps_.size() < most) {
    const auto tenant = 1 + static_cast<unsigned>(gaps_.size() % options_.tenants);
    const auto type = kContentTypes[dice.below(kContentTypes.size())];
    const auto bucket = -static_cast<std::int64_t>(1 + dice.below(usable));
    constexpr std::array kinds = {Gap::expired, Gap::not_found, Gap::expires_early};
    gaps_.try_emplace({tenant, type, bucket}, kinds[gaps_.size() % kinds.size()]);
  }
}

TimePoint Timeline::bucket_start(std::int64_t bucket) const {
  return options_.start + (bucket < 0 ? history_width_ : options_.live_blob) * bucket;
}

std::int64_t Timeline::bucket_at(TimePoint time) const {
  const auto since = time - options_.start;
  if (since >= Duration{0}) return since / options_.live_blob;
  if (history_buckets_ == 0) return 0;
  return -((-since + history_width_ - Duration{1}) / history_width_);
}

std::uint32_t Timeline::records_in(std::int64_t bucket, ContentType type, std::uint64_t key) const {
  const auto width = bucket < 0 ? history_width_ : options_.live_blob;
  const double rate = bucket < 0 ? options_.history_per_hour / 3600.0 : options_.live_per_second;
  const double mean = rate * std::chrono::duration<double>(width).count() * share_of(type);
  Dice dice(mix(key ^ 0xC0));
  double count = mean * (0.5 + dice.fraction());
  if (dice.chance(1.0 / 64)) count *= 3;
  const double whole = std::floor(count);
  return static_cast<std::uint32_t>(whole) + (dice.chance(count - whole) ? 1 : 0);
}

std::vector<std::int64_t> Timeline::copy_offsets(std::int64_t bucket) const {
  if (bucket >= 0) return {0, 1, 6};
  // Seen by operators: the same events again five days after their first delivery.
  const auto days = hours{120} / history_width_;
  if (days > 1 && days < history_buckets_) return {0, 1, days};
  return {0, 1};
}

std::optional<OwnBlob::Copy> Timeline::copy_of(const OwnBlob& blob, ContentType type,
                                               std::int64_t bucket, std::uint64_t roll) const {
  Dice dice(roll);
  if (!dice.chance(odds_of(options_.profile).copy)) return std::nullopt;
  const auto offsets = copy_offsets(bucket);
  const auto target = bucket + offsets[dice.below(offsets.size())];
  // History and live buckets differ in width; a copy stays on its side.
  if ((bucket < 0) != (target < 0)) return std::nullopt;
  OwnBlob::Copy copy;
  // A DLP match of mail can stand in the workload's own feed as well.
  copy.to = type == ContentType::dlp && dice.chance(0.5) ? ContentType::exchange : type;
  copy.bucket = target;
  copy.first = dice.chance(0.5) ? 0 : static_cast<std::uint32_t>(dice.below(blob.count));
  copy.count = blob.count - copy.first;
  const auto width = bucket < 0 ? history_width_ : options_.live_blob;
  copy.created = floor_ms(bucket_start(target) + part_of(width, dice.fraction()));
  copy.expires = copy.created + hours{24 * 7};
  return copy;
}

std::vector<OwnBlob> Timeline::own(unsigned tenant, ContentType type, std::int64_t bucket) const {
  std::vector<OwnBlob> out;
  if (bucket < first_bucket()) return out;
  const auto key = key_of({options_.seed, tenant, id_of(type), static_cast<std::uint64_t>(bucket)});
  const auto odds = odds_of(options_.profile);
  const auto planted = gaps_.find({tenant, type, bucket});
  auto left = records_in(bucket, type, key);
  if (planted != gaps_.end()) left = std::max(left, 3U);
  const auto width = bucket < 0 ? history_width_ : options_.live_blob;
  Dice dice(key);
  const double total = left;
  while (left > 0) {
    OwnBlob blob;
    blob.count = std::min(left, size_of_next(total, dice));
    left -= blob.count;
    blob.created = floor_ms(bucket_start(bucket) + part_of(width, dice.fraction()));
    // Two blobs may become available in the same millisecond.
    if (!out.empty() && dice.chance(0.1)) blob.created = out.back().created;
    blob.visible = blob.created;
    const double late = dice.fraction();
    if (dice.chance(odds.late) && blob.created >= options_.start - kLateReach) {
      blob.visible = std::max(blob.created, options_.start) +
                     std::chrono::floor<milliseconds>(part_of(odds.latest, late));
    }
    // Documented are 7 days, measured in one tenant about 20.
    blob.expires = blob.created + hours{24 * (dice.chance(0.2) ? 20 : 7)};
    blob.repeats_first = dice.chance(odds.repeats_first);
    blob.spaced = dice.chance(odds.spaced);
    if (planted != gaps_.end() && out.empty()) {
      blob.gap = planted->second;
      blob.visible = blob.created;
      if (blob.gap == Gap::expires_early) {
        blob.expires = std::min(blob.created + hours{2}, options_.start - seconds{1});
      }
    }
    blob.copy = copy_of(blob, type, bucket, dice.next());
    out.push_back(blob);
  }
  return out;
}

void Timeline::add_copies(unsigned tenant, ContentType type, std::int64_t bucket,
                          std::vector<Blob>& out) const {
  if (odds_of(options_.profile).copy == 0) return;
  for (const auto source : kContentTypes) {
    if (source != type && !(source == ContentType::dlp && type == ContentType::exchange)) continue;
    for (const auto offset : copy_offsets(bucket)) {
      const auto from = bucket - offset;
      if ((from < 0) != (bucket < 0)) continue;
      const auto owners = own(tenant, source, from);
      for (std::uint32_t index = 0; index < owners.size(); ++index) {
        const auto& copy = owners[index].copy;
        if (!copy || copy->bucket != bucket || copy->to != type) continue;
        Blob blob{type, bucket, copy->created, copy->created, copy->expires, Gap::none, false,
                  {},   {}};
        blob.ranges.push_back(
            {source, from, index, copy->first, copy->count, owners[index].created});
        out.push_back(std::move(blob));
      }
    }
  }
}

std::vector<Blob> Timeline::blobs(unsigned tenant, ContentType type, std::int64_t bucket) const {
  std::vector<Blob> out;
  const auto owners = own(tenant, type, bucket);
  for (std::uint32_t index = 0; index < owners.size(); ++index) {
    const auto& source = owners[index];
    Blob blob{
        type, bucket, source.created, source.visible, source.expires, source.gap, source.spaced,
        {},   {}};
    blob.ranges.push_back({type, bucket, index, 0, source.count, source.created});
    if (source.repeats_first) blob.ranges.push_back({type, bucket, index, 0, 1, source.created});
    out.push_back(std::move(blob));
  }
  add_copies(tenant, type, bucket, out);
  for (std::size_t index = 0; index < out.size(); ++index) {
    auto& blob = out[index];
    char ordinals[40];
    std::snprintf(ordinals, sizeof ordinals, "%06zu", index);
    // Both stamps have 23 digits; the second is when the first of its parts was gathered.
    blob.content_id = content_stamp(blob.created) + ordinals + "$" +
                      content_stamp(blob.created - minutes{8} - seconds{17}) + "004711$" +
                      std::string(content_id_words(type)) + "$emea0036";
  }
  return out;
}

std::optional<Blob> Timeline::find(unsigned tenant, std::string_view content_id) const {
  const auto created = time_of_stamp(content_id.substr(0, 17));
  if (!created) return std::nullopt;
  for (const auto type : kContentTypes) {
    if (content_id.find(content_id_words(type)) == std::string_view::npos) continue;
    for (auto& blob : blobs(tenant, type, bucket_at(*created))) {
      if (blob.content_id == content_id) return std::move(blob);
    }
  }
  return std::nullopt;
}

std::string content_stamp(TimePoint time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<milliseconds>(time - day)};
  char text[64];
  std::snprintf(text, sizeof text, "%04d%02u%02u%02d%02d%02d%03d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text;
}

std::optional<TimePoint> time_of_stamp(std::string_view digits) {
  if (digits.size() != 17) return std::nullopt;
  const auto part = [&](std::size_t at, std::size_t size) {
    int value = -1;
    const char* const begin = digits.data() + at;
    const auto [end, error] = std::from_chars(begin, begin + size, value);
    return error == std::errc{} && end == begin + size ? value : -1;
  };
  const int year = part(0, 4), month = part(4, 2), day = part(6, 2);
  const int hour = part(8, 2), minute = part(10, 2), second = part(12, 2), ms = part(14, 3);
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (year < 1700 || year > 2250 || month < 1 || day < 1 || !date.ok() || hour < 0 || hour > 23 ||
      minute < 0 || minute > 59 || second < 0 || second > 59 || ms < 0) {
    return std::nullopt;
  }
  return TimePoint{std::chrono::sys_days{date}} + hours{hour} + minutes{minute} + seconds{second} +
         milliseconds{ms};
}

}  // namespace cistern::lab
