#include "connectors/cisco_secure_endpoint/identity.hpp"

#include "codec/json.hpp"
#include "codec/json_scan.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

namespace cistern::connectors::cisco_secure_endpoint {
namespace {

constexpr std::int64_t kMostSeconds = 9'000'000'000;  // Within TimePoint: year 2255.
constexpr std::int64_t kNanosecondsASecond = 1'000'000'000;
/// Deeper than any valid record is (codec::kMaxJsonDepth).
constexpr int kMaxDepth = 130;

std::optional<std::int64_t> integer_of(std::string_view raw) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), number);
  if (raw.empty() || error != std::errc{} || end != raw.data() + raw.size()) return std::nullopt;
  return number;
}

/// A scalar as text: what stands between the quotes of a string, a number's own digits. Null,
/// objects and arrays count as absent.
std::string_view scalar(std::string_view raw) {
  if (raw.empty() || raw == "null" || raw.front() == '{' || raw.front() == '[') return {};
  if (raw.front() == '"')
    return raw.size() < 2 ? std::string_view{} : raw.substr(1, raw.size() - 2);
  return raw;
}

std::string_view or_dash(std::string_view text) {
  return text.empty() ? std::string_view{"-"} : text;
}

struct EventFacts {
  std::string_view id;
  std::string_view guid;
  std::string_view type;
  std::string_view seconds;
  std::string_view nanoseconds;
  std::string_view detection;
  std::string_view date;
};

EventFacts facts_of(std::string_view json) {
  EventFacts facts;
  const std::pair<std::string_view, std::string_view*> wanted[] = {
      {"id", &facts.id},
      {"connector_guid", &facts.guid},
      {"event_type_id", &facts.type},
      {"timestamp", &facts.seconds},
      {"timestamp_nanoseconds", &facts.nanoseconds},
      {"detection_id", &facts.detection},
      {"date", &facts.date}};
  for (codec::JsonMembers members(json); members.next();) {
    for (const auto& [name, value] : wanted) {
      if (members.key() == name) *value = scalar(members.value());
    }
  }
  return facts;
}

TimePoint time_of(const EventFacts& facts) {
  const auto seconds = integer_of(facts.seconds);
  if (!seconds || *seconds <= 0 || *seconds >= kMostSeconds) {
    return parse_time(facts.date).value_or(TimePoint{});
  }
  const std::int64_t nanoseconds = integer_of(facts.nanoseconds).value_or(0);
  const bool sound = nanoseconds >= 0 && nanoseconds < kNanosecondsASecond;
  return TimePoint{std::chrono::seconds{*seconds} +
                   std::chrono::nanoseconds{sound ? nanoseconds : 0}};
}

std::string unescaped(std::string_view inside) {
  std::string out;
  codec::append_unescaped(out, inside);
  return out;
}

void append_canonical(std::string& out, std::string_view json, std::string_view without, int depth);

void append_object(std::string& out, std::string_view json, std::string_view without, int depth) {
  std::vector<std::pair<std::string, std::string_view>> members;
  for (codec::JsonMembers walk(json); walk.next();) {
    std::string name = unescaped(walk.key());
    if (without.empty() || name != without) members.emplace_back(std::move(name), walk.value());
  }
  std::stable_sort(members.begin(), members.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  out += '{';
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (i != 0) out += ',';
    codec::append_json_string(out, members[i].first);
    out += ':';
    append_canonical(out, members[i].second, {}, depth + 1);
  }
  out += '}';
}

void append_array(std::string& out, std::string_view json, int depth) {
  out += '[';
  bool first = true;
  for (codec::JsonElements walk(json); walk.next();) {
    if (!std::exchange(first, false)) out += ',';
    append_canonical(out, walk.value(), {}, depth + 1);
  }
  out += ']';
}

void append_canonical(std::string& out, std::string_view json, std::string_view without,
                      int depth) {
  const char* const end = json.data() + json.size();
  const char* const at = codec::skip_json_space(json.data(), end);
  json = {at, static_cast<std::size_t>(end - at)};
  if (json.empty() || depth > kMaxDepth) {
    out += json;
  } else if (json.front() == '{') {
    append_object(out, json, without, depth);
  } else if (json.front() == '[') {
    append_array(out, json, depth);
  } else if (json.front() == '"') {
    codec::append_json_string(out, unescaped(scalar(json)));
  } else {
    out += json;
  }
}

}  // namespace

RecordKey event_key(std::string_view cloud, std::string_view json) {
  const EventFacts facts = facts_of(json);
  RecordKey key;
  key.time = time_of(facts);
  key.by_content = facts.id.empty();
  const std::string content = key.by_content ? canonical_json(json, "computer") : std::string{};
  key.identity = make_identity({kVendor, cloud, "event", or_dash(facts.guid), or_dash(facts.type),
                                or_dash(facts.seconds), or_dash(facts.nanoseconds),
                                or_dash(facts.id), or_dash(facts.detection), content});
  return key;
}

RecordKey audit_key(std::string_view cloud, std::string_view json) {
  RecordKey key;
  key.by_content = true;
  for (codec::JsonMembers members(json); members.next();) {
    if (members.key() != "created_at") continue;
    key.time = parse_time(scalar(members.value())).value_or(TimePoint{});
  }
  key.identity = make_identity({kVendor, cloud, "audit", canonical_json(json)});
  return key;
}

Identity occurrence(const Identity& of_content, std::uint64_t n) {
  if (n == 0) return of_content;
  return make_identity({kVendor, "occurrence", to_hex(of_content), std::to_string(n)});
}

std::string canonical_json(std::string_view json, std::string_view without) {
  std::string out;
  out.reserve(json.size());
  append_canonical(out, json, without, 0);
  return out;
}

}  // namespace cistern::connectors::cisco_secure_endpoint
