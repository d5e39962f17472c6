#include "app/coverage_strip.hpp"

#include <algorithm>
#include <map>

namespace cistern::app {
namespace {

using runtime::CoverageSpan;
using runtime::HourState;
using std::chrono::days;
using std::chrono::hours;

constexpr std::size_t kItemsShown = 8;

char mark_of(HourState state) {
  switch (state) {
    case HourState::whole:
      return '#';
    case HourState::filling:
      return '~';
    case HourState::gap:
      return '!';
    case HourState::no_data_expected:
      return '.';
  }
  return '?';
}

Tone tone_of(HourState state) {
  switch (state) {
    case HourState::whole:
      return Tone::good;
    case HourState::filling:
      return Tone::warn;
    case HourState::gap:
      return Tone::bad;
    case HourState::no_data_expected:
      return Tone::dim;
  }
  return Tone::plain;
}

std::string minute(TimePoint time) {
  return format_time_seconds(time).substr(0, 16) + "Z";
}

std::string day_name(TimePoint day) {
  return format_time_seconds(day).substr(0, 10);
}

std::string marks(const std::string& day, const Output& output) {
  static const std::map<char, HourState> kStates = {{'#', HourState::whole},
                                                    {'~', HourState::filling},
                                                    {'!', HourState::gap},
                                                    {'.', HourState::no_data_expected}};
  std::string text;
  for (std::size_t i = 0; i < day.size();) {
    std::size_t end = day.find_first_not_of(day[i], i);
    if (end == std::string::npos) end = day.size();
    const std::string piece = day.substr(i, end - i);
    const auto state = kStates.find(day[i]);
    text += state == kStates.end() ? piece : output.toned(piece, tone_of(state->second));
    i = end;
  }
  return text;
}

}  // namespace

std::string coverage_strip(const runtime::StreamHours& stream, const Output& output) {
  // Hours of a day that were not asked for stay blank.
  std::map<TimePoint, std::string> by_day;
  for (const CoverageSpan& span : stream.spans) {
    for (TimePoint at = span.from; at < span.to; at += hours{1}) {
      const TimePoint day = std::chrono::floor<days>(at);
      auto& line = by_day.try_emplace(day, 24, ' ').first->second;
      line[static_cast<std::size_t>((at - day) / hours{1})] = mark_of(span.state);
    }
  }
  const std::string whole(24, '#');
  std::string text;
  for (auto day = by_day.begin(); day != by_day.end();) {
    auto last = day;
    while (day->second == whole && std::next(last) != by_day.end() &&
           std::next(last)->second == whole && std::next(last)->first == last->first + days{1}) {
      ++last;
    }
    text += "  " + day_name(day->first) + "  " + marks(day->second, output);
    if (last != day) text += "  and each day to " + day_name(last->first);
    text += "\n";
    day = std::next(last);
  }
  return text;
}

std::string expiry_words(TimePoint expires, TimePoint now) {
  if (expires == TimePoint{}) return {};
  return (expires < now ? "the vendor kept it until " : "the vendor keeps it until ") +
         minute(expires);
}

std::vector<std::string> coverage_notes(const runtime::StreamHours& stream, TimePoint now,
                                        const Output& output) {
  std::vector<std::string> lines;
  for (const CoverageSpan& span : stream.spans) {
    const bool told =
        span.state == HourState::gap || (span.state == HourState::filling && !span.reason.empty());
    if (!told) continue;
    std::string line = "  " + minute(span.from) + " to " + minute(span.to) + "  " +
                       output.toned(to_string(span.state), tone_of(span.state));
    if (!span.reason.empty()) line += "  " + span.reason;
    const auto until = expiry_words(span.expires, now);
    if (!until.empty()) line += "; " + until;
    lines.push_back(std::move(line));
    const std::size_t shown = std::min(kItemsShown, span.items.size());
    for (std::size_t i = 0; i < shown; ++i)
      lines.push_back("      " + span.items[i]);
    if (span.missing_items > shown) {
      lines.push_back("      and " + grouped(span.missing_items - shown) + " more: --json");
    }
  }
  return lines;
}

}  // namespace cistern::app
