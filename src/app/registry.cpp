#include "app/registry.hpp"

#include "connectors/microsoft_365/connector.hpp"
#include "destinations/file/file_destination.hpp"
#include "runtime/settings.hpp"

namespace cistern::app {

Registry make_registry() {
  Registry registry;
  registry.connectors.push_back(connectors::microsoft_365::connector_type());
  registry.destinations.push_back(destinations::file_destination_type());
  return registry;
}

const runtime::ConnectorType* Registry::connector(std::string_view type) const {
  for (const auto& candidate : connectors) {
    if (candidate.name == type) return &candidate;
  }
  return nullptr;
}

config::Schema Registry::schema() const {
  config::Schema schema;
  schema.store = runtime::store_options();
  schema.telemetry = runtime::telemetry_options();
  schema.common_connector = runtime::common_connector_options();
  schema.common_destination = runtime::common_destination_options();
  for (const auto& type : connectors)
    schema.connectors.push_back({type.name, type.summary, type.options, type.check});
  for (const auto& type : destinations)
    schema.destinations.push_back({type.name, type.summary, type.options, type.check});
  return schema;
}

}  // namespace cistern::app
