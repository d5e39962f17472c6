#include "lab/truth/falcon_document.hpp"

#include "lab/truth/json_scan.hpp"

#include <charconv>
#include <unordered_map>

namespace cistern::lab {

namespace {

bool is_nested(std::string_view value) {
  return value.starts_with('{') || value.starts_with('[');
}

std::optional<std::string_view> at_path(std::string_view document, std::string_view outer,
                                        std::string_view inner) {
  const auto object = member(document, outer);
  return object ? member(*object, inner) : std::nullopt;
}

std::optional<std::string> time_difference(std::string_view document, const Entry& entry) {
  const auto text = member_text(document, "@timestamp");
  if (!text) return "it has no @timestamp";
  if (parse_time(*text) == entry.created) return std::nullopt;
  return "@timestamp is " + *text + ", eventCreationTime is " + format_time(entry.created);
}

// `[{"Key":"a","ValueString":"b"}]` and `{"a":"b"}` alike.
std::string pairs_of(std::string_view value) {
  std::string all;
  std::string key;
  const bool list = value.starts_with('[');
  for_each_leaf(value, [&](std::string_view path, std::string_view leaf) {
    if (list && path == "Key") {
      key = text_of(leaf);
    } else {
      all.append(list ? std::string_view{key} : path)
          .append("=")
          .append(text_of(leaf))
          .append("\n");
    }
    return true;
  });
  return all;
}

}  // namespace

std::optional<FalconPlace> falcon_place_of(std::string_view event) {
  const auto metadata = member(event, "metadata");
  if (!metadata) return std::nullopt;
  const auto customer = member_text(*metadata, "customerIDString");
  const auto offset = member_text(*metadata, "offset");
  if (!customer || !offset) return std::nullopt;
  FalconPlace place;
  place.customer = *customer;
  const auto* const end = offset->data() + offset->size();
  const auto read = std::from_chars(offset->data(), end, place.offset);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return place;
}

std::uint32_t falcon_value(std::string_view name, std::string_view value) {
  if (!is_nested(value)) return fingerprint(text_of(value));
  if (name == "AuditKeyValues") return fingerprint(pairs_of(value));
  std::string all;
  for_each_leaf(value, [&](std::string_view path, std::string_view leaf) {
    all.append(path).append("=").append(text_of(leaf)).append("\n");
    return true;
  });
  return fingerprint(all);
}

std::optional<std::string> falcon_difference(std::string_view document, const Ledger& ledger,
                                             const Entry& entry) {
  if (auto wrong = time_difference(document, entry)) return wrong;
  struct Kept {
    std::uint32_t value = 0;
    std::string name;
  };
  std::unordered_map<std::uint32_t, Kept> kept;  // By fingerprint of the name.
  const auto vendor = member(document, "crowdstrike").value_or("{}");
  for (const auto* const part : {"metadata", "event"}) {
    for_each_member(member(vendor, part).value_or("{}"), [&](auto name, auto value) {
      auto path = std::string(part) + "." + std::string(name);
      kept[fingerprint(path)] = {falcon_value(name, value), path};
      return true;
    });
  }
  const auto customer = at_path(document, "organization", "id");
  const auto said = kept.find(fingerprint("metadata.customerIDString"));
  if (customer && said != kept.end() && fingerprint(text_of(*customer)) != said->second.value) {
    return "organization.id is not the vendor's customerIDString";
  }
  const auto [fields, count] = ledger.fields_of(entry);
  for (std::size_t at = 0; at < count; ++at) {
    const auto found = kept.find(fields[at].name);
    if (found == kept.end()) return "a member of the vendor's event is not below crowdstrike";
    if (found->second.value != fields[at].value) {
      return "crowdstrike." + found->second.name + " is not what the vendor said";
    }
  }
  return std::nullopt;
}

}  // namespace cistern::lab
