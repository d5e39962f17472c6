// Removing what a connector made at its vendor, before the connector itself is removed.
#pragma once

#include "app/output.hpp"
#include "app/registry.hpp"

#include <string>
#include <vector>

namespace cistern::app {

/// Something that stands at a vendor because of a connector.
struct LeftBehind {
  const runtime::ConnectorType* type = nullptr;
  std::string words;  ///< "event stream 1474 'cistern-0a1b2c3d' at https://api.eu.amp.cisco.com"
};

/// Asks every type, because the store does not know of which type a name was.
std::vector<LeftBehind> left_behind(const Registry& registry, const Position& position);

/// Removes one, and waits for it. Failures leave it as it was.
Status release_at_vendor(const LeftBehind& left, const Position& position, const std::string& store,
                         const Output& output);

}  // namespace cistern::app
