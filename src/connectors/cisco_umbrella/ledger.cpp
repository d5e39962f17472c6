#include "connectors/cisco_umbrella/ledger.hpp"

#include "base/ids.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <utility>

namespace cistern::connectors::cisco_umbrella {

namespace {

constexpr std::uint32_t kSuffixes = 1U << 24;  // 62^4 + 1 fit.
constexpr std::uint16_t kMostChunks = 0xffff;

char letter_of(ObjectFate fate) {
  switch (fate) {
    case ObjectFate::stored:
      return 's';
    case ObjectFate::in_parts:
      return 'm';
    case ObjectFate::poisoned:
      return 'p';
    case ObjectFate::gone:
      return 'g';
  }
  return 's';
}

std::optional<ObjectFate> fate_from(char letter) {
  if (letter == 's') return ObjectFate::stored;
  if (letter == 'm') return ObjectFate::in_parts;
  if (letter == 'p') return ObjectFate::poisoned;
  if (letter == 'g') return ObjectFate::gone;
  return std::nullopt;
}

std::optional<std::uint32_t> number_from(std::string_view& text, int base) {
  const std::size_t end = std::min(text.find(':'), text.size());
  std::uint32_t number = 0;
  const char* const last = text.data() + end;
  const auto [stop, error] = std::from_chars(text.data(), last, number, base);
  if (end == 0 || error != std::errc{} || stop != last) return std::nullopt;
  text.remove_prefix(std::min(end + 1, text.size()));
  return number;
}

}  // namespace

std::uint32_t version_of(std::string_view etag) {
  const Identity hash = make_identity({"etag", etag});
  std::uint32_t out = 0;
  for (std::size_t i = 0; i < 4; ++i)
    out = out << 8 | hash.bytes[i];
  return out;
}

Ledger::Ledger(std::string log, std::size_t most)
    : log_(std::move(log)), prefix_("done/" + log_ + "/"), most_(most) {}

std::uint32_t Ledger::name_of(const ObjectKey& key) {
  const auto minute = static_cast<std::uint32_t>(key.minute % 60);
  return minute * kSuffixes + suffix_number(key.suffix);
}

std::string Ledger::key_of(std::int64_t hour, std::uint16_t chunk) const {
  char number[8];
  std::snprintf(number, sizeof number, "%05u", static_cast<unsigned>(chunk));
  return prefix_ + hour_text(hour) + "/" + number;
}

// "30-1f0c:s:9b2cf535:1042:77aa00ff,...": minute and suffix, fate, version, records, digest.
void Ledger::append_text(std::string& out, const Entry& entry) {
  char text[64];
  const int length =
      std::snprintf(text, sizeof text, "%02u-%s:%c:%x:%u:%x", entry.name / kSuffixes,
                    suffix_text(entry.name % kSuffixes).c_str(), letter_of(entry.end.fate),
                    entry.end.version, entry.end.records, entry.end.digest);
  if (!out.empty()) out += ',';
  out.append(text, static_cast<std::size_t>(length));
}

void Ledger::write_open(Hour& hour) {
  hour.open_text.clear();
  for (const std::uint32_t name : hour.open_names) {
    const auto found = std::lower_bound(
        hour.entries.begin(), hour.entries.end(), name,
        [](const Entry& entry, std::uint32_t wanted) { return entry.name < wanted; });
    if (found != hour.entries.end() && found->name == name) append_text(hour.open_text, *found);
  }
}

void Ledger::restore(const Position& position) {
  for (auto it = position.lower_bound(prefix_); it != position.end(); ++it) {
    std::string_view key = it->first;
    if (!key.starts_with(prefix_)) break;
    key.remove_prefix(prefix_.size());
    const std::size_t slash = key.find('/');
    if (slash == std::string_view::npos) continue;
    const auto hour = parse_hour(key.substr(0, slash));
    std::uint16_t chunk = 0;
    const std::string_view number = key.substr(slash + 1);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), chunk);
    if (!hour || error != std::errc{} || end != number.data() + number.size()) continue;
    read_chunk(*hour, chunk, it->second);
  }
  const auto floor = position.find("floor/" + log_);
  if (floor != position.end()) floor_ = parse_time(floor->second).value_or(TimePoint{});
}

void Ledger::read_chunk(std::int64_t at, std::uint16_t chunk, std::string_view text) {
  Hour& hour = hours_[at];
  hour.open = chunk;
  hour.chunks = std::max(hour.chunks, static_cast<std::uint16_t>(chunk + 1));
  hour.open_names.clear();
  while (!text.empty()) {
    std::string_view one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    if (one.size() < 3 || one[2] != '-') continue;
    std::uint32_t minute = 0;
    std::from_chars(one.data(), one.data() + 2, minute);
    one.remove_prefix(3);
    const std::string_view suffix = one.substr(0, one.find(':'));
    one.remove_prefix(std::min(suffix.size() + 1, one.size()));
    const bool named = minute < 60 && (suffix.empty() || suffix.size() == 4);
    if (!named || one.size() < 2) continue;
    const auto fate = fate_from(one.front());
    one.remove_prefix(2);
    const auto version = number_from(one, 16);
    const auto records = number_from(one, 10);
    const auto digest = number_from(one, 16);
    if (!fate || !version || !records || !digest) continue;
    Entry entry;
    entry.name = minute * kSuffixes + suffix_number(suffix);
    entry.end = {*fate, *version, *records, *digest};
    entry.chunk = chunk;
    put(hour, entry);
    hour.open_names.push_back(entry.name);
  }
  write_open(hour);
}

/// Objects come in the order of their keys nearly always, so this is nearly always an append.
void Ledger::put(Hour& hour, const Entry& entry) {
  const auto at = std::lower_bound(
      hour.entries.begin(), hour.entries.end(), entry.name,
      [](const Entry& known, std::uint32_t wanted) { return known.name < wanted; });
  if (at != hour.entries.end() && at->name == entry.name) {
    *at = entry;
    return;
  }
  hour.entries.insert(at, entry);
  ++size_;
}

const Ledger::Entry* Ledger::entry_of(const ObjectKey& key) const {
  const auto hour = hours_.find(key.minute / 60);
  if (hour == hours_.end()) return nullptr;
  const std::uint32_t name = name_of(key);
  const auto& entries = hour->second.entries;
  const auto at = std::lower_bound(
      entries.begin(), entries.end(), name,
      [](const Entry& known, std::uint32_t wanted) { return known.name < wanted; });
  return at == entries.end() || at->name != name ? nullptr : &*at;
}

std::optional<ObjectEnd> Ledger::find(const ObjectKey& key) const {
  const Entry* const entry = entry_of(key);
  return entry == nullptr ? std::nullopt : std::optional{entry->end};
}

std::optional<std::string> Ledger::place_of(const ObjectKey& key) const {
  const Entry* const entry = entry_of(key);
  if (entry == nullptr) return std::nullopt;
  return key_of(key.minute / 60, entry->chunk);
}

TimePoint Ledger::newest() const {
  for (auto hour = hours_.rbegin(); hour != hours_.rend(); ++hour) {
    if (hour->second.entries.empty()) continue;
    const auto minute = hour->second.entries.back().name / kSuffixes;
    return TimePoint{std::chrono::hours{hour->first} + std::chrono::minutes{minute}};
  }
  return {};
}

StateChange Ledger::add(const ObjectKey& key, const ObjectEnd& end) {
  const std::int64_t at = key.minute / 60;
  Hour& hour = hours_[at];
  if (hour.open_names.size() >= kChunk && hour.open < kMostChunks) {
    ++hour.open;
    hour.open_names.clear();
    hour.open_text.clear();
  }
  hour.chunks = std::max(hour.chunks, static_cast<std::uint16_t>(hour.open + 1));
  const Entry entry{.name = name_of(key), .end = end, .chunk = hour.open};
  put(hour, entry);
  const bool again = std::erase(hour.open_names, entry.name) > 0;
  hour.open_names.push_back(entry.name);
  if (again) {
    write_open(hour);
  } else {
    append_text(hour.open_text, entry);
  }
  return {key_of(at, hour.open), hour.open_text};
}

void Ledger::take_back(const ObjectKey& key, const std::optional<ObjectEnd>& before) {
  const auto found = hours_.find(key.minute / 60);
  if (found == hours_.end()) return;
  Hour& hour = found->second;
  const std::uint32_t name = name_of(key);
  for (auto entry = hour.entries.begin(); entry != hour.entries.end(); ++entry) {
    if (entry->name != name) continue;
    if (before) {
      entry->end = *before;
      return write_open(hour);
    }
    std::erase(hour.open_names, name);
    hour.entries.erase(entry);
    --size_;
    return write_open(hour);
  }
}

StateDelta Ledger::evict(TimePoint oldest, std::size_t limit) {
  StateDelta out;
  const auto keep_from = std::chrono::floor<std::chrono::hours>(oldest.time_since_epoch()).count();
  bool crowded = false;
  while (!hours_.empty() && out.size() < limit) {
    const auto first = hours_.begin();
    const bool old = first->first < keep_from;
    if (!old && size_ <= most_) break;
    if (!old) crowded = true;
    Hour& hour = first->second;
    // The highest chunk goes last: as long as it stands, the others may still be deleted by name.
    while (hour.chunks > 0 && out.size() < limit)
      out.push_back({key_of(first->first, --hour.chunks), std::nullopt});
    if (hour.chunks > 0) break;
    if (!old) floor_ = TimePoint{std::chrono::hours{first->first + 1}};
    size_ -= hour.entries.size();
    hours_.erase(first);
  }
  if (crowded) out.push_back({"floor/" + log_, format_time(floor_)});
  return out;
}

}  // namespace cistern::connectors::cisco_umbrella
