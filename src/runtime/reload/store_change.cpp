#include "runtime/reload/store_change.hpp"

#include <algorithm>

namespace cistern::runtime {
namespace {

using Kind = journal::StoreEdit::Kind;

bool names(const std::vector<config::Component>& components, const std::string& name) {
  return std::any_of(components.begin(), components.end(),
                     [&](const auto& component) { return component.name == name; });
}

tl::unexpected<Failure> in_use(const std::string& what, const std::string& name,
                               const config::Configuration& file, const std::string& cure) {
  return fail_stop(
      "store/name-in-use",
      what + " '" + name + "' is still named in " + file.file + "; nothing was changed", cure);
}

tl::unexpected<Failure> unknown(const std::string& what, const std::string& name,
                                const std::vector<std::string>& known) {
  std::string all;
  for (const auto& candidate : known)
    all += (all.empty() ? "" : ", ") + candidate;
  return fail_stop("store/name-unknown", "the store holds nothing of a " + what + " '" + name + "'",
                   all.empty() ? "there is nothing to change" : "it knows: " + all);
}

Status connector_known(const std::string& name, journal::Journal& journal) {
  const auto known = journal.connectors();
  if (!known) return fail(known.error());
  if (std::find(known->begin(), known->end(), name) == known->end())
    return unknown("connector", name, *known);
  return {};
}

Status reader_known(const std::string& name, journal::Journal& journal) {
  const auto cursors = journal.cursors();
  if (!cursors) return fail(cursors.error());
  std::vector<std::string> known;
  for (const auto& [reader, cursor] : *cursors)
    known.push_back(reader);
  if (std::find(known.begin(), known.end(), name) == known.end())
    return unknown("destination", name, known);
  return {};
}

Status item_known(std::uint64_t id, journal::Journal& journal) {
  const auto list = journal.set_aside_list();
  if (!list) return fail(list.error());
  if (std::any_of(list->begin(), list->end(), [id](const auto& item) { return item.id == id; }))
    return {};
  return fail_stop("quarantine/unknown",
                   "nothing with the number " + std::to_string(id) + " is set aside",
                   "`cistern quarantine list` shows what is");
}

Status rename_permitted(const journal::StoreEdit& edit, const config::Configuration& file,
                        journal::Journal& journal) {
  if (!names(file.connectors, edit.to)) {
    return fail_stop(
        "store/name-missing",
        "there is no connector '" + edit.to + "' in " + file.file + "; nothing was changed",
        "rename the connector in the file first, without restarting, then repeat this");
  }
  if (names(file.connectors, edit.name)) {
    return in_use("connector", edit.name, file,
                  "two connectors cannot share one position: remove '" + edit.name +
                      "' from the file, then repeat this");
  }
  return connector_known(edit.name, journal);
}

}  // namespace

Status permitted(const journal::StoreEdit& edit, const config::Configuration& file,
                 journal::Journal& journal) {
  switch (edit.kind) {
    case Kind::rename_connector:
      return rename_permitted(edit, file, journal);
    case Kind::remove_connector:
      if (names(file.connectors, edit.name)) {
        return in_use("connector", edit.name, file,
                      "remove it from the file first, then repeat this; to keep its position and "
                      "only stop it, write `enabled: false`");
      }
      return connector_known(edit.name, journal);
    case Kind::forget_reader:
      if (names(file.destinations, edit.name)) {
        return in_use("destination", edit.name, file,
                      "remove it from the file first, then repeat this");
      }
      return reader_known(edit.name, journal);
    case Kind::drop_set_aside:
      return item_known(edit.id, journal);
  }
  return {};
}

std::vector<std::pair<ComponentKind, std::string>> owners_of(const journal::StoreEdit& edit) {
  switch (edit.kind) {
    case Kind::rename_connector:
      return {{ComponentKind::connector, edit.name}, {ComponentKind::connector, edit.to}};
    case Kind::remove_connector:
      return {{ComponentKind::connector, edit.name}};
    case Kind::forget_reader:
      return {{ComponentKind::destination, edit.name}};
    case Kind::drop_set_aside:
      return {};
  }
  return {};
}

}  // namespace cistern::runtime
