#include "lab/truth/document.hpp"

#include "lab/truth/json_scan.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <unordered_set>

namespace cistern::lab {

namespace {

constexpr std::string_view kVendor = "o365.audit.";

// Fields that a mapping takes apart, so that their text need not survive as it was.
bool is_taken_apart(std::uint32_t name) {
  return name == fingerprint("OriginatingServer") || name == fingerprint("OrganizationName");
}

struct Leaves {
  std::unordered_set<std::uint32_t> values;
  std::map<std::uint32_t, std::pair<std::uint32_t, std::string>> vendor;  // By fingerprint of name.
  std::map<std::string, std::string, std::less<>> ecs;
};

void add_value(Leaves& leaves, std::string_view text) {
  leaves.values.insert(fingerprint(text));
  // Directory operations end with a full stop that a mapping may drop.
  leaves.values.insert(fingerprint(std::string(text) + "."));
}

Leaves leaves_of(std::string_view document) {
  Leaves leaves;
  for_each_leaf(document, [&](std::string_view path, std::string_view value) {
    if (path == "event.original") return true;
    const auto text = text_of(value);
    add_value(leaves, text);
    if (path.starts_with(kVendor)) {
      const auto name = path.substr(kVendor.size());
      if (name.find('.') != std::string_view::npos) return true;
      const auto shown = is_address_field(name) ? bare_address(text) : text;
      add_value(leaves, shown);
      leaves.vendor[fingerprint(name)] = {fingerprint(shown), std::string(name)};
    } else if (path == "@timestamp" || path == "organization.id" || path == "event.provider") {
      leaves.ecs[std::string(path)] = text;
    }
    return true;
  });
  return leaves;
}

std::optional<std::string> time_difference(const Leaves& leaves, const Entry& entry) {
  const auto found = leaves.ecs.find("@timestamp");
  if (found == leaves.ecs.end()) return "it has no @timestamp";
  const auto time = parse_time(found->second);
  if (entry.created != TimePoint{} && time != entry.created) {
    return "@timestamp is " + found->second + ", CreationTime is " + format_time(entry.created);
  }
  return std::nullopt;
}

void add_falcon_key(DocumentKeys& keys, std::string_view path, std::string_view value) {
  if (path == "crowdstrike.metadata.customerIDString") keys.falcon_customer = text_of(value);
  if (path == "cistern.meta.feed") keys.falcon_feed = text_of(value);
  if (path == "crowdstrike.metadata.offset") {
    keys.falcon_offset = std::strtoull(std::string(value).c_str(), nullptr, 10);
  }
}

}  // namespace

DocumentKeys keys_of(std::string_view document) {
  DocumentKeys keys;
  keys.readable = for_each_leaf(document, [&](std::string_view path, std::string_view value) {
    if (path == "event.id") keys.event_id = text_of(value);
    if (path == "cistern.id") keys.cistern_id = text_of(value);
    if (path == "o365.audit.ObjectId") keys.object_id = text_of(value);
    if (path == "event.original") keys.original = text_of(value);
    add_falcon_key(keys, path, value);
    return true;
  });
  keys.readable = keys.readable && document.starts_with('{') &&
                  for_each_member(document, [](auto, auto) { return true; });
  return keys;
}

std::optional<std::string> difference(std::string_view document, const Ledger& ledger,
                                      const Entry& entry) {
  const auto leaves = leaves_of(document);
  if (auto wrong = time_difference(leaves, entry)) return wrong;
  const auto [fields, count] = ledger.fields_of(entry);
  for (std::size_t at = 0; at < count; ++at) {
    const auto& field = fields[at];
    const auto kept = leaves.vendor.find(field.name);
    if (kept != leaves.vendor.end()) {
      if (kept->second.first == field.value) continue;
      return "o365.audit." + kept->second.second + " is not what the vendor said";
    }
    for (const auto& [path, name] : {std::pair{"organization.id", "OrganizationId"},
                                     std::pair{"event.provider", "Workload"}}) {
      const auto found = leaves.ecs.find(path);
      if (field.name == fingerprint(name) && found != leaves.ecs.end() &&
          fingerprint(found->second) != field.value) {
        return std::string(path) + " is not the vendor's " + name;
      }
    }
    if (is_taken_apart(field.name) || leaves.values.contains(field.value)) continue;
    return "a top-level value of the vendor's record is nowhere in the document";
  }
  return std::nullopt;
}

}  // namespace cistern::lab
