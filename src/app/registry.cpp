#include "app/registry.hpp"

#include "connectors/cisco_duo/connector.hpp"
#include "connectors/cisco_secure_email/connector.hpp"
#include "connectors/cisco_secure_endpoint/connector.hpp"
#include "connectors/cisco_umbrella/connector.hpp"
#include "connectors/crowdstrike_falcon/connector.hpp"
#include "connectors/microsoft_365/connector.hpp"
#include "connectors/syslog/connector.hpp"
#include "destinations/file/file_destination.hpp"
#include "destinations/format/format.hpp"
#include "destinations/syslog/syslog_destination.hpp"
#include "runtime/settings.hpp"

namespace cistern::app {
namespace {

/// What every destination understands: how it reads, and what its payloads look like.
std::span<const config::Option> common_destination_options() {
  static const std::vector<config::Option> kAll = [] {
    const auto reading = runtime::common_destination_options();
    const auto format = destinations::format_options();
    std::vector<config::Option> all(reading.begin(), reading.end());
    all.insert(all.end(), format.begin(), format.end());
    return all;
  }();
  return kAll;
}

}  // namespace

Registry make_registry() {
  Registry registry;
  registry.connectors.push_back(connectors::microsoft_365::connector_type());
  registry.connectors.push_back(connectors::crowdstrike_falcon::connector_type());
  registry.connectors.push_back(connectors::cisco_secure_email::connector_type());
  registry.connectors.push_back(connectors::cisco_secure_endpoint::connector_type());
  registry.connectors.push_back(connectors::cisco_duo::connector_type());
  registry.connectors.push_back(connectors::cisco_umbrella::connector_type());
  registry.connectors.push_back(connectors::syslog::connector_type());
  registry.destinations.push_back(destinations::file_destination_type());
  registry.destinations.push_back(destinations::syslog_destination_type());
  return registry;
}

const runtime::ConnectorType* Registry::connector(std::string_view type) const {
  for (const auto& candidate : connectors) {
    if (candidate.name == type) return &candidate;
  }
  return nullptr;
}

const runtime::DestinationType* Registry::destination(std::string_view type) const {
  for (const auto& candidate : destinations) {
    if (candidate.name == type) return &candidate;
  }
  return nullptr;
}

config::Schema Registry::schema() const {
  config::Schema schema;
  schema.store = runtime::store_options();
  schema.telemetry = runtime::telemetry_options();
  schema.common_connector = runtime::common_connector_options();
  schema.common_destination = common_destination_options();
  for (const auto& type : connectors)
    schema.connectors.push_back({type.name, type.summary, type.options, type.check});
  for (const auto& type : destinations)
    schema.destinations.push_back({type.name, type.summary, type.options, type.check});
  return schema;
}

}  // namespace cistern::app
