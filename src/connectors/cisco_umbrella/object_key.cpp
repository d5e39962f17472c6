#include "connectors/cisco_umbrella/object_key.hpp"

#include "connectors/cisco_umbrella/schema.hpp"

#include <algorithm>
#include <array>

namespace cistern::connectors::cisco_umbrella {

namespace {

constexpr std::string_view kEnding = ".csv.gz";
constexpr std::size_t kDay = 10;   // 2026-01-05
constexpr std::size_t kSlot = 16;  // 2026-01-05-08-30
constexpr std::size_t kHour = 13;  // 2026-01-05-08
constexpr std::size_t kSuffix = 4;
constexpr std::string_view kDigits =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// `2026-01-05-08[-30]` as RFC 3339, so that impossible dates are refused by the one parser.
std::optional<TimePoint> parse_stamp(std::string_view text) {
  if (text.size() != kSlot && text.size() != kHour) return std::nullopt;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool hyphen = at == 4 || at == 7 || at == kDay || at == kHour;
    if (hyphen ? text[at] != '-' : !is_digit(text[at])) return std::nullopt;
  }
  std::string time{text};
  time[kDay] = 'T';
  if (text.size() == kSlot) {
    time[kHour] = ':';
  } else {
    time += ":00";
  }
  return parse_time(time);
}

std::string format_stamp(TimePoint time, std::size_t length) {
  std::string out = format_time_seconds(time).substr(0, length);
  out[kDay] = '-';
  if (length > kHour) out[kHour] = '-';
  return out;
}

}  // namespace

std::optional<ObjectKey> parse_object_key(std::string_view prefix, std::string_view key) {
  if (!key.starts_with(prefix)) return std::nullopt;
  key.remove_prefix(prefix.size());
  const std::size_t slash = key.find('/');
  if (slash == std::string_view::npos || !is_log_name(key.substr(0, slash))) return std::nullopt;
  const std::string_view log = key.substr(0, slash);
  key.remove_prefix(slash + 1);
  if (key.size() < kDay + 1 + kSlot + kEnding.size() || key[kDay] != '/') return std::nullopt;
  const std::string_view day = key.substr(0, kDay);
  key.remove_prefix(kDay + 1);
  if (!key.ends_with(kEnding) || !key.starts_with(day)) return std::nullopt;
  key.remove_suffix(kEnding.size());
  const auto slot = parse_stamp(key.substr(0, kSlot));
  if (!slot) return std::nullopt;
  key.remove_prefix(kSlot);
  if (!key.empty()) {
    if (key.size() != kSuffix + 1 || key.front() != '-') return std::nullopt;
    key.remove_prefix(1);
    if (!std::all_of(key.begin(), key.end(), [](char c) { return is_digit(c) || is_letter(c); }))
      return std::nullopt;
  }
  const auto minute = std::chrono::floor<std::chrono::minutes>(slot->time_since_epoch()).count();
  return ObjectKey{.log = std::string{log}, .minute = minute, .suffix = std::string{key}};
}

std::string format_object_key(std::string_view prefix, const ObjectKey& key) {
  std::string out = slot_start(prefix, key.log, key.slot());
  if (!key.suffix.empty()) out.append("-").append(key.suffix);
  return out.append(kEnding);
}

std::string slot_start(std::string_view prefix, std::string_view log, TimePoint slot) {
  const std::string stamp = format_stamp(slot, kSlot);
  std::string out{prefix};
  out.append(log).append("/").append(stamp, 0, kDay).append("/").append(stamp);
  return out;
}

bool behind_all_days(std::string_view prefix, std::string_view log, std::string_view key) {
  const std::size_t name = prefix.size() + log.size() + 1;
  return key.size() > name && key.starts_with(prefix) &&
         static_cast<unsigned char>(key[name]) > static_cast<unsigned char>('9');
}

bool is_log_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxLogName && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; });
}

bool looks_like_log(std::string_view text) {
  if (text.ends_with("logs") && is_log_name(text)) return true;
  const auto known = known_logs();
  return std::any_of(known.begin(), known.end(),
                     [&](const LogFolder& log) { return log.folder == text; });
}

std::uint32_t suffix_number(std::string_view suffix) {
  std::uint32_t number = 0;
  for (const char c : suffix)
    number = number * 62 + static_cast<std::uint32_t>(kDigits.find(c));
  return suffix.empty() ? 0 : number + 1;
}

std::string suffix_text(std::uint32_t number) {
  if (number == 0) return {};
  std::string out(kSuffix, '0');
  --number;
  for (auto at = out.rbegin(); at != out.rend(); ++at, number /= 62)
    *at = kDigits[number % 62];
  return out;
}

std::string hour_text(std::int64_t hour) {
  return format_stamp(TimePoint{std::chrono::hours{hour}}, kHour);
}

std::optional<std::int64_t> parse_hour(std::string_view text) {
  if (text.size() != kHour) return std::nullopt;
  const auto time = parse_stamp(text);
  if (!time) return std::nullopt;
  return std::chrono::floor<std::chrono::hours>(time->time_since_epoch()).count();
}

}  // namespace cistern::connectors::cisco_umbrella
