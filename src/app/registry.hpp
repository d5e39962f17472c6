// The whole product on one page: every kind of connector and destination.
#pragma once

#include "config/loader.hpp"
#include "runtime/connector.hpp"
#include "runtime/destination.hpp"

#include <vector>

namespace cistern::app {

struct Registry {
  std::vector<runtime::ConnectorType> connectors;
  std::vector<runtime::DestinationType> destinations;

  /// Nothing when there is no such type.
  [[nodiscard]] const runtime::ConnectorType* connector(std::string_view type) const;
  [[nodiscard]] const runtime::DestinationType* destination(std::string_view type) const;
  /// What a configuration file may hold.
  [[nodiscard]] config::Schema schema() const;
};

Registry make_registry();

}  // namespace cistern::app
