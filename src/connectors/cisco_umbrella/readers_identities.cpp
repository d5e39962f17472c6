#include "connectors/cisco_umbrella/readers_identities.hpp"

#include <algorithm>
#include <cstddef>

namespace cistern::connectors::cisco_umbrella {
namespace {

/// More than one row ever names; what follows stays in the last.
constexpr std::size_t kMostIdentities = 256;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  return text;
}

/// Appends the elements of a list; with `blank_joins` a comma before a blank separates nothing.
void split_list(std::string_view text, bool blank_joins, std::vector<std::string_view>& out) {
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= text.size() && begin <= text.size(); ++at) {
    const bool ends = at == text.size();
    if (!ends && text[at] != ',') continue;
    const bool joins = blank_joins && at + 1 < text.size() && text[at + 1] == ' ';
    if (!ends && (joins || out.size() + 1 >= kMostIdentities)) continue;
    const std::string_view element = trimmed(text.substr(begin, at - begin));
    if (!element.empty()) out.push_back(element);
    begin = at + 1;
  }
}

/// The most granular identity, if the list begins with it and it could not be told otherwise.
std::string_view take_first(std::string_view& names, std::string_view first) {
  if (first.find(',') == std::string_view::npos || !names.starts_with(first)) return {};
  const std::string_view rest = names.substr(first.size());
  if (!rest.empty() && rest.front() != ',') return {};
  names = rest.empty() ? rest : rest.substr(1);
  return first;
}

using Names = std::vector<std::string_view>;

/// What a row has mostly fits.
constexpr std::size_t kExpected = 8;

Names split_types(std::string_view text) {
  Names types;
  types.reserve(kExpected);
  split_list(text, false, types);
  return types;
}

Names split_names(const IdentityCells& cells, const Names& types) {
  std::string_view rest = cells.names;
  const std::string_view first = take_first(rest, cells.first);
  const auto split = [&](bool blank_joins) {
    Names names;
    names.reserve(kExpected);
    if (!first.empty()) names.push_back(first);
    split_list(rest, blank_joins, names);
    return names;
  };
  Names names = split(false);
  if (types.empty() || names.size() <= types.size()) return names;
  if (types.size() == 1) return {trimmed(cells.names)};
  Names joined = split(true);
  return joined.size() == types.size() ? joined : names;
}

}  // namespace

std::vector<std::string_view> split_identities(const IdentityCells& cells) {
  return split_names(cells, split_types(cells.types));
}

void write_identities(const IdentityCells& cells, std::string_view key, codec::JsonWriter& writer) {
  const Names types = split_types(cells.types);
  const Names names = split_names(cells, types);
  if (names.empty()) return;
  writer.key(key).begin_array();
  for (std::size_t i = 0; i < names.size(); ++i) {
    writer.begin_object().key("name").string(names[i]);
    // Lists of different lengths say nothing of who is what, but the first is the first.
    if (i < types.size() && (i == 0 || names.size() == types.size()))
      writer.key("type").string(types[i]);
    writer.end_object();
  }
  writer.end_array();
}

}  // namespace cistern::connectors::cisco_umbrella
