#include "connectors/syslog/readers_time.hpp"

#include <algorithm>
#include <array>

namespace cistern::connectors::syslog {
namespace {

constexpr std::size_t kMostZones = 128;

struct Row {
  std::string_view name;
  int minutes = 0;
  bool ambiguous = false;
};

/// Sorted. Of several meanings the one that most people live by stands here.
constexpr std::array kAbbreviations = {
    Row{"ACDT", 630},       Row{"ACST", 570},       Row{"ADT", -180, true}, Row{"AEDT", 660},
    Row{"AEST", 600},       Row{"AKDT", -480},      Row{"AKST", -540},      Row{"AMT", -240, true},
    Row{"ART", -180},       Row{"AST", -240, true}, Row{"AWST", 480},       Row{"AZT", 240},
    Row{"BOT", -240},       Row{"BRST", -120},      Row{"BRT", -180},       Row{"BST", 60, true},
    Row{"CAT", 120},        Row{"CDT", -300, true}, Row{"CEST", 120},       Row{"CET", 60},
    Row{"CLST", -180},      Row{"CLT", -240},       Row{"COT", -300},       Row{"CST", -360, true},
    Row{"EAT", 180},        Row{"ECT", -300, true}, Row{"EDT", -240, true}, Row{"EEST", 180},
    Row{"EET", 120},        Row{"EST", -300, true}, Row{"GET", 240},        Row{"GMT", 0},
    Row{"GST", 240, true},  Row{"HKT", 480},        Row{"HST", -600},       Row{"ICT", 420},
    Row{"IDT", 180},        Row{"IRST", 210},       Row{"IST", 330, true},  Row{"JST", 540},
    Row{"KST", 540},        Row{"MDT", -360},       Row{"MMT", 390},        Row{"MSK", 180},
    Row{"MST", -420, true}, Row{"MYT", 480},        Row{"NDT", -150},       Row{"NPT", 345},
    Row{"NST", -210},       Row{"NZDT", 780},       Row{"NZST", 720},       Row{"PDT", -420},
    Row{"PET", -300},       Row{"PHT", 480},        Row{"PKT", 300},        Row{"PST", -480, true},
    Row{"PYT", -240},       Row{"SAST", 120},       Row{"SGT", 480},        Row{"TRT", 180},
    Row{"UTC", 0},          Row{"UYT", -180},       Row{"UZT", 300},        Row{"VET", -240},
    Row{"WAST", 120},       Row{"WAT", 60},         Row{"WEST", 60},        Row{"WET", 0},
    Row{"WIB", 420},        Row{"WIT", 540},        Row{"WITA", 480},       Row{"Z", 0},
};

static_assert(std::is_sorted(kAbbreviations.begin(), kAbbreviations.end(),
                             [](const Row& a, const Row& b) { return a.name < b.name; }));

/// The point in time at which the zone's clocks showed `local`. Of an hour that came twice the
/// first is taken; one that was left out counts as if the clocks had not yet been put forward.
std::int64_t to_utc(const TimeZone& zone, std::int64_t local) {
  constexpr std::int64_t kDay = 86400;
  const std::int64_t before = zone.at(local - kDay).offset;
  const std::int64_t after = zone.at(local + kDay).offset;
  if (zone.at(local - before).offset == before) return local - before;
  return zone.at(local - after).offset == after ? local - after : local - before;
}

}  // namespace

std::string_view name_of(ZoneFrom from) {
  switch (from) {
    case ZoneFrom::offset:
      return "offset";
    case ZoneFrom::setting:
      return "setting";
    case ZoneFrom::abbreviation:
      return "abbreviation";
    case ZoneFrom::ambiguous:
      return "ambiguous";
    case ZoneFrom::assumed:
      break;
  }
  return "assumed";
}

std::shared_ptr<const TimeZone> Zones::find(std::string_view name) {
  if (name.empty()) return nullptr;
  const std::lock_guard lock(mutex_);
  const auto known = zones_.find(name);
  if (known != zones_.end()) return known->second;
  // Zones come from the configuration; a store of somebody else's may name any number of them.
  if (zones_.size() >= kMostZones) zones_.clear();
  std::shared_ptr<const TimeZone> zone;
  if (auto loaded = load_time_zone(std::string{name}))
    zone = std::make_shared<const TimeZone>(std::move(*loaded));
  zones_.emplace(name, zone);
  return zone;
}

codec::WallClock Zones::clock(std::string_view name) {
  const auto zone = find(name);
  return codec::WallClock(zone ? *zone : utc_);
}

std::optional<std::int64_t> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.size() < 3 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  std::int64_t digits = 0;
  std::size_t count = 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == ':' && i == 3) continue;
    if (text[i] < '0' || text[i] > '9' || ++count > 4) return std::nullopt;
    digits = digits * 10 + (text[i] - '0');
  }
  if (count != 2 && count != 4) return std::nullopt;
  const std::int64_t hours = count == 2 ? digits : digits / 100;
  const std::int64_t minutes = count == 2 ? 0 : digits % 100;
  if (hours > 14 || minutes > 59) return std::nullopt;
  const std::int64_t seconds = hours * 3600 + minutes * 60;
  return text[0] == '-' ? -seconds : seconds;
}

std::optional<Abbreviation> find_abbreviation(std::string_view name) {
  const auto* const found =
      std::lower_bound(kAbbreviations.begin(), kAbbreviations.end(), name,
                       [](const Row& row, std::string_view text) { return row.name < text; });
  if (found == kAbbreviations.end() || found->name != name) return std::nullopt;
  return Abbreviation{found->minutes * 60L, found->ambiguous};
}

ZonedTime resolve_time(TimePoint local, std::string_view written, std::string_view setting,
                       Zones& zones) {
  const auto shifted = [local](std::int64_t offset, ZoneFrom from) {
    return ZonedTime{local - std::chrono::seconds{offset}, from};
  };
  if (const auto offset = parse_offset(written)) return shifted(*offset, ZoneFrom::offset);
  if (const auto zone = zones.find(setting)) {
    const std::int64_t seconds = unix_seconds(local);
    return shifted(seconds - to_utc(*zone, seconds), ZoneFrom::setting);
  }
  if (const auto known = find_abbreviation(written)) {
    return shifted(known->offset, known->ambiguous ? ZoneFrom::ambiguous : ZoneFrom::abbreviation);
  }
  return {local, ZoneFrom::assumed};
}

}  // namespace cistern::connectors::syslog
