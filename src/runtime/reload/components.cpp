#include "runtime/reload/components.hpp"

#include "runtime/settings.hpp"

#include <algorithm>

namespace cistern::runtime {
namespace {

template <class Type>
const Type* find_type(const std::vector<Type>& types, const std::string& name) {
  const auto found =
      std::find_if(types.begin(), types.end(), [&](const Type& type) { return type.name == name; });
  return found == types.end() ? nullptr : &*found;
}

tl::unexpected<Failure> unknown_type(const std::string& kind, const std::string& type) {
  return fail_stop("config/unknown-type", "there is no kind of " + kind + " named '" + type + "'",
                   "run `cistern check`; it lists the known kinds");
}

}  // namespace

std::string_view to_string(ComponentKind kind) {
  return kind == ComponentKind::connector ? "connector" : "destination";
}

// ---- building ----

void Components::add(ComponentKind kind, const config::Component& component) {
  if (kind == ComponentKind::connector) {
    add_connector(component);
  } else {
    add_destination(component);
  }
}

void Components::add_connector(const config::Component& component) {
  auto& services = parts_.connectors;
  if (!component.values.boolean("enabled")) {
    services.log.info(component.name, "not enabled in the configuration; it reads nothing");
    return;
  }
  services.status.add_connector(component.name, component.type);
  auto connector = make_connector(component);
  if (connector) {
    connectors_[component.name] = std::move(*connector);
    return;
  }
  Report report;
  report.kind = Report::Kind::stopped;
  report.failure = connector.error();
  services.status.report(component.name, report);
}

Result<std::unique_ptr<Connector>> Components::make_connector(const config::Component& component) {
  const auto* type = find_type(parts_.connector_types, component.type);
  if (type == nullptr) return unknown_type("connector", component.type);
  return type->make(component.name, component.values, parts_.loop, parts_.connectors);
}

void Components::add_destination(const config::Component& component) {
  auto& status = parts_.deliveries.status;
  if (parts_.prepare_destinations) parts_.prepare_destinations(deliveries_.size() + 1);
  status.add_destination(component.name, component.type);
  auto delivery = make_destination(component);
  if (delivery) {
    deliveries_[component.name] = std::move(*delivery);
    return;
  }
  status.destination_state(component.name, State::stopped, delivery.error(), {});
}

Result<std::unique_ptr<Delivery>> Components::make_destination(const config::Component& component) {
  const auto* type = find_type(parts_.destination_types, component.type);
  if (type == nullptr) return unknown_type("destination", component.type);
  const DestinationContext context{.name = component.name,
                                   .files = parts_.files,
                                   .clock = parts_.deliveries.clock,
                                   .log = parts_.deliveries.log};
  auto destination = type->make(component.values, context);
  if (!destination) return fail(std::move(destination.error()));
  auto format = make_current_format(parts_.make_format, component.values, parts_.views);
  if (!format) return fail(std::move(format.error()));
  auto options = delivery_options(component.name, component.values);
  // Events stand in the store under the name that their connector had.
  const auto names = parts_.deliveries.journal.renamed();
  if (!names) return fail(names.error());
  for (const auto& name : *names) {
    if (options.connectors.contains(name.present)) options.connectors.insert(name.former);
  }
  return make_delivery(std::move(options), std::move(*destination), std::move(*format),
                       parts_.deliveries);
}

Status Components::prove(ComponentKind kind, const config::Component& component) {
  if (kind == ComponentKind::destination) {
    auto made = make_destination(component);
    return made ? Status{} : Status{fail(std::move(made.error()))};
  }
  if (!component.values.boolean("enabled")) return {};
  const auto* type = find_type(parts_.connector_types, component.type);
  if (type != nullptr && type->verify) {
    if (auto sound = type->verify(component.values, parts_.connectors.clock.now()); !sound)
      return sound;
  }
  auto made = make_connector(component);
  return made ? Status{} : Status{fail(std::move(made.error()))};
}

// ---- starting ----

void Components::start(ComponentKind kind, const std::string& name) {
  if (ending_) return;
  if (kind == ComponentKind::connector) {
    const auto found = connectors_.find(name);
    if (found != connectors_.end()) found->second->start();
  } else {
    const auto found = deliveries_.find(name);
    if (found != deliveries_.end()) found->second->start();
  }
}

void Components::start_all() {
  for (const auto& [name, delivery] : deliveries_)
    delivery->start();
  for (const auto& [name, connector] : connectors_) {
    parts_.loop.post([this, alive = std::weak_ptr<bool>(alive_), name = name] {
      if (!alive.expired()) start(ComponentKind::connector, name);
    });
  }
}

bool Components::runs(ComponentKind kind, const std::string& name) const {
  return kind == ComponentKind::connector ? connectors_.contains(name) : deliveries_.contains(name);
}

void Components::take_names() {
  const auto names = parts_.connectors.journal.renamed();
  if (names) parts_.views->add_names(*names);
}

void Components::clear() {
  exchanges_.clear();
  deliveries_.clear();
  connectors_.clear();
}

// ---- exchanging ----

void Components::exchange(ComponentKind kind, const std::string& name,
                          std::optional<config::Component> next, std::function<void()> done) {
  const Key key{kind, name};
  const bool under_way = exchanges_.contains(key);
  auto& exchange = exchanges_[key];
  exchange.next = std::move(next);
  exchange.done.push_back(std::move(done));
  if (under_way) return;
  if (runs(kind, name)) return end(key);
  ended(key);
}

void Components::end(const Key& key) {
  auto& loop = parts_.loop;
  const auto once = std::make_shared<bool>(false);
  const auto told = [this, &loop, key, once, alive = std::weak_ptr<bool>(alive_)] {
    loop.post([this, key, once, alive] {
      if (alive.expired() || std::exchange(*once, true)) return;
      ended(key);
    });
  };
  if (key.first == ComponentKind::connector) return connectors_.at(key.second)->stop(told);
  // One, because it means: what is under way, and nothing new.
  deliveries_.at(key.second)->stop(1, told);
  loop.call_after(parts_.timeout, [this, key, once, alive = std::weak_ptr<bool>(alive_)] {
    if (alive.expired() || *once) return;
    const auto found = deliveries_.find(key.second);
    if (found != deliveries_.end()) found->second->stop(0, [] {});
  });
}

void Components::ended(const Key& key) {
  const auto& [kind, name] = key;
  // While the program ends, whoever ends it looks after what is left.
  if (ending_) return;
  if (kind == ComponentKind::connector) {
    connectors_.erase(name);
    parts_.connectors.status.remove_connector(name);
  } else {
    deliveries_.erase(name);
    parts_.deliveries.status.remove_destination(name);
  }
  auto node = exchanges_.extract(key);
  auto& exchange = node.mapped();
  if (exchange.next) {
    add(kind, *exchange.next);
    start(kind, name);
  }
  for (const auto& done : exchange.done)
    done();
}

}  // namespace cistern::runtime
