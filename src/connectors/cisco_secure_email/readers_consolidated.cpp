#include "connectors/cisco_secure_email/readers_consolidated.hpp"

#include "codec/json_scan.hpp"
#include "connectors/cisco_secure_email/mail_line_header.hpp"
#include "connectors/cisco_secure_email/readers_lines.hpp"
#include "connectors/cisco_secure_email/readers_python.hpp"
#include "connectors/cisco_secure_email/readers_record.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace cistern::connectors::cisco_secure_email {
namespace {

/// More pairs than any release has; what follows stays in the message.
constexpr std::size_t kMostPairs = 256;

struct Pair {
  std::string_view key;
  std::string_view value;
};

constexpr auto kHeaderNames =
    std::to_array<std::string_view>({"cef_version", "device_vendor", "device_product",
                                     "device_version", "event_class", "event_name", "severity"});

/// The header's seven fields; the extension stays in `text`. False when one is missing.
bool read_cef_header(std::string_view& text, std::array<std::string_view, 7>& fields) {
  constexpr std::string_view kBegin = "CEF:";
  if (!text.starts_with(kBegin)) return false;
  text.remove_prefix(kBegin.size());
  for (std::string_view& field : fields) {
    std::size_t end = text.find('|');
    while (end != std::string_view::npos && end > 0 && text[end - 1] == '\\')
      end = text.find('|', end + 1);
    if (end == std::string_view::npos) return false;
    field = text.substr(0, end);
    text.remove_prefix(end + 1);
  }
  return true;
}

std::vector<Pair> read_pairs(std::string_view extension) {
  std::vector<Pair> pairs;
  ExtensionCursor cursor(extension);
  Pair pair;
  for (std::size_t read = 0; read < kMostPairs && cursor.next(pair.key, pair.value); ++read) {
    const bool known = std::any_of(pairs.begin(), pairs.end(),
                                   [&pair](const Pair& other) { return other.key == pair.key; });
    if (!known) pairs.push_back(pair);
  }
  return pairs;
}

std::string_view value_of(const std::vector<Pair>& pairs, std::string_view key) {
  for (const Pair& pair : pairs) {
    if (pair.key == key) return pair.value;
  }
  return {};
}

/// `cs3Label=SDRThreatCategory cs3=N/A` is the pair SDRThreatCategory: the number depends on what
/// the administrator selected.
std::optional<std::string_view> label_of(const std::vector<Pair>& pairs, std::string_view key) {
  if (!key.starts_with("cs") && !key.starts_with("cfp")) return std::nullopt;
  const std::string_view label = value_of(pairs, std::string(key) + "Label");
  const bool is_name = !label.empty() && std::all_of(label.begin(), label.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
  return is_name ? std::optional(label) : std::nullopt;
}

bool is_label(const std::vector<Pair>& pairs, std::string_view key) {
  constexpr std::string_view kLabel = "Label";
  return key.ends_with(kLabel) && label_of(pairs, key.substr(0, key.size() - kLabel.size()));
}

/// A dictionary whose keys are names of files or addresses becomes a list: such keys would be
/// fields of their own in every index.
std::string named_list(std::string_view dictionary, std::string_view name) {
  std::string list = "[";
  for (codec::JsonMembers members(dictionary); members.next();) {
    if (list.size() > 1) list += ",";
    list += "{\"" + std::string(name) + "\":\"" + std::string(members.key()) + "\"";
    const std::string_view value = members.value();
    if (value.starts_with('{')) {
      if (value != "{}") list += "," + std::string(value.substr(1, value.size() - 2));
    } else {
      list += ",\"value\":" + std::string(value);
    }
    list += "}";
  }
  return list + "]";
}

std::string_view member_name_of(std::string_view key) {
  if (key == "ESAAttachmentDetails") return "name";
  if (key == "ESAURLDetails") return "url";
  return {};
}

void write_dictionary(std::string_view name, const Pair& pair, RecordWriter& record) {
  std::string json;
  if (!append_python_literal(json, pair.value)) {
    record.text(name, extension_text(pair.value));
    return;
  }
  const std::string_view member = member_name_of(pair.key);
  record.json(name, member.empty() ? json : named_list(json, member));
}

/// Names that the record has by other ways already, and that no key of the vendor's is.
bool is_taken(std::string_view name) {
  constexpr auto kTaken = std::to_array<std::string_view>(
      {"time", "timezone", "level", "log", "host", "priority", "facility", "message", "form",
       "started", "ended", "severity", "label"});
  return std::find(kTaken.begin(), kTaken.end(), name) != kTaken.end();
}

void write_pairs(const std::vector<Pair>& pairs, RecordWriter& record) {
  std::vector<std::string_view> written;
  for (const Pair& pair : pairs) {
    if (is_label(pairs, pair.key)) continue;
    const std::string_view name = label_of(pairs, pair.key).value_or(pair.key);
    if (is_taken(name) || std::find(written.begin(), written.end(), name) != written.end())
      continue;
    written.push_back(name);
    if (pair.value.starts_with('{')) {
      write_dictionary(name, pair, record);
    } else {
      record.text(name, extension_text(pair.value));
    }
  }
}

void write_times(const std::vector<Pair>& pairs, LineZone zone, RecordWriter& record) {
  for (const auto& [name, keys] : {std::pair<std::string_view, std::array<std::string_view, 2>>{
                                       "started", {"startTime", "start"}},
                                   std::pair<std::string_view, std::array<std::string_view, 2>>{
                                       "ended", {"endTime", "end"}}}) {
    const std::string_view older = value_of(pairs, keys[0]);
    write_wall_time(name, older.empty() ? value_of(pairs, keys[1]) : older, zone, record);
  }
}

}  // namespace

bool read_consolidated_record(const ecs::ReaderInput& input, std::string& json) {
  const auto header = read_line_header(input.raw);
  std::string_view text = header ? header->text : input.raw;
  std::array<std::string_view, 7> fields;
  if (!read_cef_header(text, fields)) {
    // The banner of the file, and whatever else is no event.
    return pattern_reader({})(input, json);
  }
  RecordWriter record(json);
  write_header(input, record);
  record.text("form", "consolidated_event");
  for (std::size_t i = 0; i < fields.size(); ++i)
    record.text(kHeaderNames.at(i), fields.at(i));
  const std::vector<Pair> pairs = read_pairs(text);
  write_times(pairs, zone_of(input.meta), record);
  write_pairs(pairs, record);
  record.end();
  return true;
}

}  // namespace cistern::connectors::cisco_secure_email
