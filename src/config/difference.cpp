#include "config/difference.hpp"

#include <algorithm>
#include <map>

namespace cistern::config {
namespace {

bool same_secret(const Secret& a, const Secret& b) {
  return a.use([&](std::string_view text) {
    return b.use([&](std::string_view other) { return text == other; });
  });
}

bool same_rows(const std::vector<Values>& a, const std::vector<Values>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Values& x, const Values& y) {
    return different_options(x, y).empty();
  });
}

bool same_value(const Values::Value& a, const Values::Value& b) {
  return a.text == b.text && a.number == b.number && a.duration == b.duration && a.list == b.list &&
         a.map == b.map && same_rows(a.rows, b.rows) && a.digest == b.digest &&
         (a.given || a.fallback) == (b.given || b.fallback) && same_secret(a.secret, b.secret);
}

/// "1h" and "60m" are the same duration, "1KiB" and "1024" the same size.
Values::Value meaning(Values::Value value) {
  if (value.duration != Duration{0} || value.number != 0) value.text.clear();
  return value;
}

using ByName = std::map<std::string, const Component*>;

ByName by_name(const std::vector<Component>& components) {
  ByName out;
  for (const Component& component : components)
    out.emplace(component.name, &component);
  return out;
}

ComponentChange compare(const Component& before, const Component& after) {
  ComponentChange out{.change = Change::unchanged, .name = after.name, .options = {}};
  if (before.type != after.type) {
    out.options = {"type"};
  } else {
    out.options = different_options(before.values, after.values);
  }
  if (!out.options.empty()) out.change = Change::changed;
  return out;
}

std::vector<ComponentChange> compare_all(const std::vector<Component>& before,
                                         const std::vector<Component>& after) {
  const ByName old = by_name(before);
  const ByName now = by_name(after);
  std::map<std::string, ComponentChange> changes;
  for (const auto& [name, component] : old) {
    if (!now.contains(name)) changes[name] = {Change::removed, name, {}};
  }
  for (const auto& [name, component] : now) {
    const auto known = old.find(name);
    changes[name] = known == old.end() ? ComponentChange{Change::added, name, {}}
                                       : compare(*known->second, *component);
  }
  std::vector<ComponentChange> out;
  out.reserve(changes.size());
  for (auto& [name, change] : changes)
    out.push_back(std::move(change));
  return out;
}

}  // namespace

std::string_view to_string(Change change) {
  switch (change) {
    case Change::unchanged:
      return "unchanged";
    case Change::added:
      return "added";
    case Change::removed:
      return "removed";
    case Change::changed:
      return "changed";
  }
  return {};
}

std::vector<std::string> different_options(const Values& before, const Values& after) {
  std::vector<std::string> names;
  for (const auto& [name, value] : after.values) {
    const auto old = before.values.find(name);
    if (old == before.values.end() || !same_value(meaning(old->second), meaning(value)))
      names.push_back(name);
  }
  for (const auto& [name, value] : before.values) {
    if (!after.values.contains(name)) names.push_back(name);
  }
  return names;
}

Difference difference(const Configuration& before, const Configuration& after) {
  Difference out;
  out.connectors = compare_all(before.connectors, after.connectors);
  out.destinations = compare_all(before.destinations, after.destinations);
  for (const auto& name : different_options(before.store, after.store))
    out.after_restart.push_back("store." + name);
  for (const auto& name : different_options(before.telemetry, after.telemetry))
    out.after_restart.push_back("telemetry." + name);
  return out;
}

}  // namespace cistern::config
