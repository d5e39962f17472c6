// What is different between two configurations. Pure.
#pragma once

#include "config/loader.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cistern::config {

enum class Change : std::uint8_t { unchanged, added, removed, changed };
std::string_view to_string(Change change);

struct ComponentChange {
  Change change = Change::unchanged;
  std::string name;
  std::vector<std::string> options;  ///< Whose value differs, when it is changed; also "type".
};

struct Difference {
  std::vector<ComponentChange> connectors;    ///< All of both, in the order of their names.
  std::vector<ComponentChange> destinations;  ///< Likewise.
  /// Options of the store and of telemetry whose value differs, as "store.path": they keep their
  /// old value until the next start.
  std::vector<std::string> after_restart;
};

/// Compares what the values mean and not how or where they are written: a comment, another order,
/// or a default written out is no change. Secrets are compared without being shown.
Difference difference(const Configuration& before, const Configuration& after);

/// The options whose values differ.
std::vector<std::string> different_options(const Values& before, const Values& after);

}  // namespace cistern::config
