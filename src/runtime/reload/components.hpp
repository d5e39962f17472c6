// All connectors and destinations of the running program, by name: built, started, ended and
// exchanged one by one.
#pragma once

#include "runtime/connector.hpp"
#include "runtime/destination.hpp"
#include "runtime/view_table.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cistern::runtime {

enum class ComponentKind : std::uint8_t { connector, destination };
std::string_view to_string(ComponentKind kind);

using ConnectorMap = std::map<std::string, std::unique_ptr<Connector>>;
using DeliveryMap = std::map<std::string, std::unique_ptr<Delivery>>;

/// Lives on the loop; building before the loop runs is allowed as well.
class Components {
 public:
  /// References and pointers outlive it.
  struct Parts {
    const std::vector<ConnectorType>& connector_types;
    const std::vector<DestinationType>& destination_types;
    FormatFactory make_format;
    std::shared_ptr<ViewTable> views;
    Files& files;
    net::IoLoop& loop;
    Services connectors;  ///< With the pool that decodes.
    Services deliveries;  ///< With the pool that delivers.
    Duration timeout;     ///< For a destination that ends because it is exchanged.
    std::function<void(std::size_t)>
        prepare_destinations;  ///< There will be so many; may be empty.
  };
  explicit Components(Parts parts) : parts_(std::move(parts)) {}

  /// Builds what the values ask for. One that cannot be built is `stopped` in the status, with the
  /// reason, and the others run. One that is not enabled is left out.
  void add(ComponentKind kind, const config::Component& component);
  void start(ComponentKind kind, const std::string& name);
  /// Destinations at once; connectors each in a task of its own, so that a thousand hold up nobody.
  void start_all();

  /// Whether the component could be built now, with files as they are; nothing stays of it.
  Status prove(ComponentKind kind, const config::Component& component);
  /// Ends the one that runs (a connector when its commits are durable, a destination when its batch
  /// is delivered and its cursor stored), then starts `next`, if any. `done` comes on the loop,
  /// maybe at once. Asked again meanwhile, the newest `next` counts.
  void exchange(ComponentKind kind, const std::string& name, std::optional<config::Component> next,
                std::function<void()> done);
  /// The program ends: what ends from now on is not replaced.
  void end_exchanges() { ending_ = true; }

  ConnectorMap& connectors() { return connectors_; }
  DeliveryMap& deliveries() { return deliveries_; }
  [[nodiscard]] bool runs(ComponentKind kind, const std::string& name) const;
  /// Former names of connectors changed in the store: views follow.
  void take_names();
  void clear();

 private:
  using Key = std::pair<ComponentKind, std::string>;
  struct Exchange {
    std::optional<config::Component> next;
    std::vector<std::function<void()>> done;
  };
  Result<std::unique_ptr<Connector>> make_connector(const config::Component& component);
  Result<std::unique_ptr<Delivery>> make_destination(const config::Component& component);
  void add_connector(const config::Component& component);
  void add_destination(const config::Component& component);
  void end(const Key& key);
  void ended(const Key& key);

  Parts parts_;
  ConnectorMap connectors_;
  DeliveryMap deliveries_;
  std::map<Key, Exchange> exchanges_;
  bool ending_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace cistern::runtime
