#include "runtime/watch/rhythm.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace cistern::runtime {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

/// Upper ends of the classes. Below 15 minutes no difference matters: patience is 30 at least.
constexpr std::array<Duration, 16> kEnds = {minutes{15}, minutes{20}, minutes{30}, minutes{45},
                                            hours{1},    hours{2},    hours{3},    hours{4},
                                            hours{6},    hours{9},    hours{12},   hours{18},
                                            hours{24},   hours{48},   hours{72},   hours{168}};

/// What one pause adds: enough that an eighth of it is a number.
constexpr std::uint16_t kSample = 16;
constexpr std::uint16_t kHeaviest = std::numeric_limits<std::uint16_t>::max() - kSample;
constexpr Duration kGraceAgain = hours{12};
constexpr double kGraceUsed = 0.25;
constexpr int kLivelier = 4;
/// A longer silence is judged as one of two weeks.
constexpr Duration kLongest = hours{24 * 14};

std::size_t hour_of_week(TimePoint at) {
  // 1970-01-01 was a Thursday; weeks begin on Monday.
  const auto since_monday = at.time_since_epoch() + hours{24 * 3};
  const auto whole = std::chrono::floor<hours>(since_monday).count();
  return static_cast<std::size_t>(((whole % 168) + 168) % 168);
}

std::uint16_t week_of(TimePoint at) {
  const auto since_monday = at.time_since_epoch() + hours{24 * 3};
  return static_cast<std::uint16_t>(std::chrono::floor<hours>(since_monday).count() / 168);
}

template <class Number>
bool read_number(std::string_view& text, Number& number, char until) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.empty()) return until == '\0';
  if (until == '\0' || text.front() != until) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::size_t Rhythm::class_of(Duration pause) {
  const auto at = std::lower_bound(kEnds.begin(), kEnds.end() - 1, pause);
  return static_cast<std::size_t>(at - kEnds.begin());
}

void Rhythm::learn(TimePoint end, Duration pause) {
  if (pause < Duration{0}) return;
  pause = std::min<Duration>(pause, hours{168});
  if (hours_.empty()) hours_.resize(kHours);
  observed_ = std::min<Duration>(observed_ + pause, kToBeKnown);
  const std::size_t which = class_of(pause);
  const TimePoint begin = std::chrono::floor<hours>(end - pause);
  // A week touches each hour once, not one of them twice.
  TimePoint at = std::max<TimePoint>(begin, std::chrono::floor<hours>(end) - hours{167});
  for (; at <= end; at += hours{1})
    add(at, which);
}

void Rhythm::add(TimePoint at, std::size_t which) {
  Hour& hour = hours_[hour_of_week(at)];
  const std::uint16_t week = week_of(at);
  // A clock that was set back fades nothing.
  const bool later = hour.week != 0 && week > hour.week;
  const int weeks = later ? std::min(week - hour.week, 16) : 0;
  for (int i = 0; i < weeks; ++i) {
    for (auto& weight : hour.weight)
      weight = static_cast<std::uint16_t>(weight * 7 / 8);
  }
  hour.week = week;
  hour.weight[which] =
      static_cast<std::uint16_t>(std::min(hour.weight[which], kHeaviest) + kSample);
}

std::optional<Duration> Rhythm::p99(TimePoint at) const {
  if (hours_.empty()) return std::nullopt;
  const Hour& hour = hours_[hour_of_week(at)];
  std::uint64_t all = 0;
  for (const auto weight : hour.weight)
    all += weight;
  if (all == 0) return std::nullopt;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kClasses; ++i) {
    sum += hour.weight[i];
    if (sum * 100 >= all * 99) return kEnds[i];
  }
  return kEnds.back();
}

std::optional<Duration> Rhythm::patience(TimePoint at) const {
  const auto most = p99(at);
  if (!most) return std::nullopt;
  return std::max<Duration>(*most * 2, kLeastPatience);
}

Rhythm::Judgement Rhythm::judge(TimePoint now, Duration silent) const {
  Judgement result;
  const auto usual = p99(now);
  if (observed_ < kToBeKnown || !usual) return result;
  result.known = true;
  result.usual_most = *usual;
  double used = 0;
  std::optional<Duration> before;
  std::optional<TimePoint> grace;
  TimePoint at = now - std::clamp<Duration>(silent, Duration{0}, kLongest);
  while (at < now) {
    const TimePoint end = std::min<TimePoint>(std::chrono::floor<hours>(at) + hours{1}, now);
    const auto least = patience(at);
    // An hour about which nothing is known uses up nothing.
    if (least) {
      const bool livelier = before && *before >= *least * kLivelier;
      if (livelier && (!grace || at - *grace >= kGraceAgain)) {
        used = std::min(used, kGraceUsed);
        grace = at;
      }
      const double share = std::chrono::duration<double>(end - at) / *least;
      if (used + share > 1) {
        result.unusual = true;
        result.since = at + std::chrono::duration_cast<Duration>(
                                std::chrono::duration<double>(*least) * (1 - used));
        return result;
      }
      used += share;
    }
    before = least;
    at = end;
  }
  return result;
}

std::string Rhythm::text() const {
  std::string out =
      std::to_string(std::chrono::duration_cast<std::chrono::seconds>(observed_).count());
  for (std::size_t i = 0; i < hours_.size(); ++i) {
    const Hour& hour = hours_[i];
    if (hour.week == 0) continue;
    out += ' ';
    out += std::to_string(i) + ',' + std::to_string(hour.week);
    for (std::size_t k = 0; k < kClasses; ++k) {
      if (hour.weight[k] != 0)
        out += ',' + std::to_string(k) + ',' + std::to_string(hour.weight[k]);
    }
  }
  return out;
}

std::optional<Rhythm> Rhythm::from_text(std::string_view line) {
  Rhythm rhythm;
  const auto next = [&line] {
    const auto blank = line.find(' ');
    const std::string_view word = line.substr(0, blank);
    line.remove_prefix(blank == std::string_view::npos ? line.size() : blank + 1);
    return word;
  };
  std::string_view word = next();
  std::int64_t seconds = 0;
  if (!read_number(word, seconds, '\0') || seconds < 0) return std::nullopt;
  rhythm.observed_ = std::min<Duration>(
      std::chrono::seconds{std::min<std::int64_t>(seconds, 604'800)}, kToBeKnown);
  while (!line.empty()) {
    word = next();
    std::size_t which = 0;
    Hour hour;
    if (!read_number(word, which, ',') || which >= kHours) return std::nullopt;
    const bool more = word.find(',') != std::string_view::npos;
    if (!read_number(word, hour.week, more ? ',' : '\0')) return std::nullopt;
    while (!word.empty()) {
      std::size_t k = 0;
      if (!read_number(word, k, ',') || k >= kClasses) return std::nullopt;
      const bool last = word.find(',') == std::string_view::npos;
      if (!read_number(word, hour.weight[k], last ? '\0' : ',')) return std::nullopt;
    }
    if (rhythm.hours_.empty()) rhythm.hours_.resize(kHours);
    rhythm.hours_[which] = hour;
  }
  return rhythm;
}

}  // namespace cistern::runtime
