#include "base/time_zone.hpp"

#include "base/files.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <vector>

namespace cistern {
namespace {

constexpr std::size_t kMaxZoneFile = 1U << 20;
constexpr std::size_t kHeader = 44;
constexpr std::int64_t kDay = 86400;

/// One of the two changes of a year in the rule that goes on after the last one listed.
struct YearRule {
  enum class Kind : std::uint8_t { month_week_day, day_without_leap, day_of_year };
  Kind kind = Kind::month_week_day;
  int month = 0;
  int week = 0;
  int day = 0;
  std::int64_t time = 7200;

  /// Seconds since the epoch, in the wall's own seconds.
  [[nodiscard]] std::int64_t in_year(int year) const {
    using namespace std::chrono;
    const std::chrono::year y{year};
    std::int64_t days = sys_days{y / January / 1}.time_since_epoch().count();
    if (kind == Kind::day_of_year) {
      days += day;
    } else if (kind == Kind::day_without_leap) {
      days += day - 1 + (y.is_leap() && day >= 60 ? 1 : 0);
    } else {
      const std::chrono::month m{static_cast<unsigned>(month)};
      const weekday d{static_cast<unsigned>(day)};
      days = week == 5
                 ? sys_days{y / m / d[last]}.time_since_epoch().count()
                 : sys_days{y / m / d[static_cast<unsigned>(week)]}.time_since_epoch().count();
    }
    return days * kDay + time;
  }
};

struct Kind {
  std::int64_t offset = 0;
  std::string abbreviation;
};

/// "PST8PDT,M3.2.0,M11.1.0"
struct Rule {
  Kind standard;
  std::optional<Kind> summer;
  YearRule begins;
  YearRule ends;

  [[nodiscard]] const Kind& at(std::int64_t seconds) const {
    if (!summer) return standard;
    using namespace std::chrono;
    const auto day = floor<days>(sys_seconds{std::chrono::seconds{seconds + standard.offset}});
    const int year = static_cast<int>(year_month_day{day}.year());
    const auto from = begins.in_year(year) - standard.offset;
    const auto to = ends.in_year(year) - summer->offset;
    // South of the equator summer lies across the turn of the year.
    const bool is_summer =
        from < to ? seconds >= from && seconds < to : seconds >= from || seconds < to;
    return is_summer ? *summer : standard;
  }
};

class RuleReader {
 public:
  explicit RuleReader(std::string_view text) : text_(text) {}

  std::optional<Rule> read() {
    Rule rule;
    if (!name(rule.standard.abbreviation) || !hours(rule.standard.offset)) return std::nullopt;
    rule.standard.offset = -rule.standard.offset;
    if (text_.empty()) return rule;
    Kind summer{.offset = rule.standard.offset + 3600, .abbreviation = {}};
    if (!name(summer.abbreviation)) return std::nullopt;
    if (!text_.starts_with(',')) {
      if (!hours(summer.offset)) return std::nullopt;
      summer.offset = -summer.offset;
    }
    rule.summer = std::move(summer);
    if (!change(rule.begins) || !change(rule.ends) || !text_.empty()) return std::nullopt;
    return rule;
  }

 private:
  bool take(char sign) {
    if (!text_.starts_with(sign)) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool number(int& value, int least, int most) {
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (error != std::errc{} || value < least || value > most) return false;
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    return true;
  }
  bool name(std::string& out) {
    const bool quoted = take('<');
    const auto end = quoted ? text_.find('>') : text_.find_first_of("+-,0123456789");
    const auto size = std::min(end, text_.size());
    if (size == 0 || (quoted && end == std::string_view::npos)) return false;
    out = text_.substr(0, size);
    text_.remove_prefix(size + (quoted ? 1 : 0));
    return true;
  }
  bool hours(std::int64_t& seconds) {
    const bool negative = take('-');
    if (!negative) take('+');
    int hour = 0;
    int minute = 0;
    int second = 0;
    if (!number(hour, 0, 167)) return false;
    if (take(':') && !number(minute, 0, 59)) return false;
    if (take(':') && !number(second, 0, 59)) return false;
    seconds = std::int64_t{hour} * 3600 + minute * 60 + second;
    if (negative) seconds = -seconds;
    return true;
  }
  bool change(YearRule& rule) {
    if (!take(',')) return false;
    if (take('M')) {
      rule.kind = YearRule::Kind::month_week_day;
      if (!number(rule.month, 1, 12) || !take('.') || !number(rule.week, 1, 5) || !take('.') ||
          !number(rule.day, 0, 6))
        return false;
    } else {
      rule.kind = take('J') ? YearRule::Kind::day_without_leap : YearRule::Kind::day_of_year;
      if (!number(rule.day, 0, 365)) return false;
    }
    return !take('/') || hours(rule.time);
  }

  std::string_view text_;
};

std::int64_t big_endian(std::string_view bytes) {
  std::uint64_t value = static_cast<unsigned char>(bytes.front()) >= 0x80 ? ~std::uint64_t{0} : 0;
  for (const char byte : bytes)
    value = value << 8 | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(value);
}

struct Counts {
  std::size_t indicators = 0;  // Of both kinds.
  std::size_t leaps = 0;
  std::size_t times = 0;
  std::size_t kinds = 0;
  std::size_t letters = 0;

  [[nodiscard]] std::size_t bytes(std::size_t time_size) const {
    return times * (time_size + 1) + kinds * 6 + letters + leaps * (time_size + 4) + indicators;
  }
};

std::optional<Counts> read_counts(std::string_view bytes) {
  if (bytes.size() < kHeader || !bytes.starts_with("TZif")) return std::nullopt;
  std::array<std::size_t, 6> counts{};
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto value = big_endian(bytes.substr(20 + i * 4, 4));
    if (value < 0 || value > static_cast<std::int64_t>(kMaxZoneFile)) return std::nullopt;
    counts[i] = static_cast<std::size_t>(value);
  }
  return Counts{.indicators = counts[0] + counts[1],
                .leaps = counts[2],
                .times = counts[3],
                .kinds = counts[4],
                .letters = counts[5]};
}

}  // namespace

struct TimeZone::Data {
  std::vector<std::int64_t> times;    // When the clock was changed.
  std::vector<std::uint8_t> kind_of;  // What it showed from then on.
  std::vector<Kind> kinds;
  std::optional<Rule> rule;  // After the last change.

  [[nodiscard]] const Kind& at(std::int64_t seconds) const {
    if (times.empty() || seconds < times.front()) {
      return times.empty() && rule ? rule->at(seconds) : kinds.front();
    }
    if (rule && seconds >= times.back()) return rule->at(seconds);
    const auto next = std::upper_bound(times.begin(), times.end(), seconds);
    return kinds[kind_of[static_cast<std::size_t>(next - times.begin()) - 1]];
  }

  /// The block of 64-bit times that every zone file of this century has, and the rule behind it.
  static std::optional<Data> read(std::string_view bytes) {
    const auto old = read_counts(bytes);
    if (!old || bytes[4] < '2' || bytes.size() < kHeader + old->bytes(4)) return std::nullopt;
    bytes.remove_prefix(kHeader + old->bytes(4));
    const auto counts = read_counts(bytes);
    if (!counts || counts->kinds == 0 || bytes.size() < kHeader + counts->bytes(8))
      return std::nullopt;
    bytes.remove_prefix(kHeader);
    Data data;
    for (std::size_t i = 0; i < counts->times; ++i) {
      data.times.push_back(big_endian(bytes.substr(i * 8, 8)));
      const auto kind = static_cast<std::uint8_t>(bytes[counts->times * 8 + i]);
      if (kind >= counts->kinds) return std::nullopt;
      data.kind_of.push_back(kind);
    }
    const auto kinds = bytes.substr(counts->times * 9);
    const auto letters = kinds.substr(counts->kinds * 6, counts->letters);
    for (std::size_t i = 0; i < counts->kinds; ++i) {
      const auto begin = std::size_t{static_cast<unsigned char>(kinds[i * 6 + 5])};
      if (begin >= letters.size()) return std::nullopt;
      const auto name = letters.substr(begin);
      data.kinds.push_back({.offset = big_endian(kinds.substr(i * 6, 4)),
                            .abbreviation = std::string{name.substr(0, name.find('\0'))}});
    }
    auto footer = bytes.substr(counts->bytes(8));
    if (footer.starts_with('\n')) footer.remove_prefix(1);
    footer = footer.substr(0, footer.find('\n'));
    if (!footer.empty()) data.rule = RuleReader{footer}.read();
    return data;
  }
};

TimeZone::TimeZone() {
  auto data = std::make_shared<Data>();
  data->kinds.push_back({.offset = 0, .abbreviation = "UTC"});
  data_ = std::move(data);
}

Result<TimeZone> TimeZone::parse(std::string_view bytes, std::string_view name) {
  auto data = Data::read(bytes);
  if (!data) {
    return fail_stop("time/zone", "the file of the time zone " + std::string{name} + " is damaged",
                     "install the package tzdata again, or choose the zone UTC");
  }
  TimeZone zone;
  zone.data_ = std::make_shared<const Data>(std::move(*data));
  return zone;
}

TimeZone::Moment TimeZone::at(std::int64_t unix_seconds) const {
  const auto& kind = data_->at(unix_seconds);
  return {.offset = kind.offset, .abbreviation = kind.abbreviation};
}

Result<TimeZone> load_time_zone(const std::string& name) {
  if (name == "UTC") return TimeZone{};
  const auto unknown = [&](const std::string& why) {
    return fail_stop("time/zone", "the time zone '" + name + "' " + why,
                     "write UTC, local, or a name such as Europe/Berlin; the package tzdata holds "
                     "the names");
  };
  const bool local = name == "local";
  if (!local && (name.empty() || name.front() == '/' || name.find("..") != std::string::npos))
    return unknown("is not a name");
  const auto path = local ? std::string{"/etc/localtime"} : "/usr/share/zoneinfo/" + name;
  const auto files = make_system_files();
  const auto there = files->exists(path);
  // A machine without the file runs on UTC.
  if (local && there && !*there) return TimeZone{};
  auto file = files->open(path, OpenMode::read);
  if (!file) return unknown("is not known on this machine");
  const auto bytes = (*file)->read_at(0, kMaxZoneFile);
  if (!bytes) return unknown("cannot be read: " + bytes.error().cause);
  return TimeZone::parse(*bytes, name);
}

}  // namespace cistern
