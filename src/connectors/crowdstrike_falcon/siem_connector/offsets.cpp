#include "connectors/crowdstrike_falcon/siem_connector/offsets.hpp"

#include "codec/json.hpp"
#include "codec/json_scan.hpp"

#include <algorithm>
#include <charconv>

namespace cistern::connectors::crowdstrike_falcon {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::optional<std::uint64_t> number(std::string_view text) {
  text = trimmed(text);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    text = text.substr(1, text.size() - 2);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_feed_letter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// The feed or partition in a key: the segment behind `datafeed/v1/` of an address, or the key
/// itself when it is nothing but such a segment.
std::string feed_of(std::string_view key) {
  for (const std::string_view mark : {"datafeed/v1/", "datafeed-actions/v1/", "datafeed/v2/"}) {
    const auto at = key.find(mark);
    if (at == std::string_view::npos) continue;
    const auto rest = key.substr(at + mark.size());
    const auto end = std::find_if_not(rest.begin(), rest.end(), is_feed_letter);
    return std::string{rest.substr(0, static_cast<std::size_t>(end - rest.begin()))};
  }
  constexpr std::string_view kPartition = "partition";
  if (key.starts_with(kPartition)) key.remove_prefix(kPartition.size());
  while (!key.empty() && (key.front() == '_' || key.front() == '-' || key.front() == ' '))
    key.remove_prefix(1);
  const bool plain = std::all_of(key.begin(), key.end(), is_feed_letter);
  // A word such as "offset" names no feed; ids of feeds are numbers or hold digits.
  const bool digits =
      std::any_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
  return plain && digits ? std::string{key} : std::string{};
}

void remember(KnownOffsets& offsets, std::string_view key, std::uint64_t offset) {
  if (offsets.size() >= kMaxOffsets) return;
  const auto [known, fresh] = offsets.emplace(feed_of(key), offset);
  if (!fresh) known->second = std::min(known->second, offset);
}

bool has_offset(std::string_view json) {
  for (codec::JsonMembers member(json); member.next();)
    if (member.key() == "offset" || member.key() == "Offset") return true;
  return false;
}

void read_object(std::string_view json, std::string_view above, int depth, KnownOffsets& offsets) {
  const bool one_feed = has_offset(json);
  for (codec::JsonMembers member(json); member.next();) {
    std::string key;
    codec::append_unescaped(key, member.key());
    const bool own = key == "offset" || key == "Offset";
    if (const auto value = number(member.value())) {
      // Beside an offset there may be other numbers, such as a time.
      if (own || (depth == 0 && !one_feed) || (depth <= 1 && !feed_of(key).empty()))
        remember(offsets, own ? above : std::string_view{key}, *value);
    } else if (member.value().starts_with('{') && depth < 3) {
      read_object(member.value(), key, depth + 1, offsets);
    }
  }
}

void read_line(std::string_view line, KnownOffsets& offsets) {
  line = trimmed(line);
  const auto last = line.find_last_not_of("0123456789");
  const auto digits = last == std::string_view::npos ? line : line.substr(last + 1);
  const auto value = number(digits);
  if (!value) return;
  auto key = line.substr(0, line.size() - digits.size());
  if (!key.empty() && std::string_view{" \t:=,;"}.find(key.back()) == std::string_view::npos)
    return;
  while (!key.empty() && std::string_view{" \t:=,;\""}.find(key.back()) != std::string_view::npos)
    key.remove_suffix(1);
  if (!key.empty() && key.front() == '"') key.remove_prefix(1);
  remember(offsets, key, *value);
}

}  // namespace

KnownOffsets parse_offsets(std::string_view text) {
  KnownOffsets offsets;
  text = trimmed(text.substr(0, kMaxOffsetFile));
  if (text.starts_with('{')) {
    codec::JsonSplitter splitter;
    if (splitter.why_invalid(text).empty()) read_object(text, {}, 0, offsets);
    return offsets;
  }
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    read_line(text.substr(0, end), offsets);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return offsets;
}

std::optional<std::uint64_t> highest_offset(std::string_view output,
                                            std::span<const std::string> marks) {
  std::optional<std::uint64_t> highest;
  for (const auto& mark : marks) {
    for (auto at = output.find(mark); at != std::string_view::npos;
         at = output.find(mark, at + mark.size())) {
      const auto rest = output.substr(at + mark.size());
      const auto digits =
          rest.substr(0, std::min(rest.find_first_not_of("0123456789"), rest.size()));
      // At the end of the text a number may have been cut.
      if (digits.size() == rest.size()) continue;
      if (const auto value = number(digits)) highest = std::max(highest.value_or(0), *value);
    }
  }
  return highest;
}

}  // namespace cistern::connectors::crowdstrike_falcon
