// Everything that is known of one event's way, collected from the store, the configuration and the
// connector.
#pragma once

#include "app/registry.hpp"
#include "app/setup.hpp"
#include "journal/event_way.hpp"
#include "runtime/connector.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cistern::app {

/// How one destination stands to the event.
struct EventDelivery {
  enum class Standing : std::uint8_t {
    confirmed,   ///< It has the event.
    waiting,     ///< Its cursor has not come to the event.
    set_aside,   ///< It refused the event, which stays in the store.
    not_for_it,  ///< Its configuration leaves the event out.
    behind,      ///< It began behind the event.
    unknown,     ///< Its cursor has passed, and it is no longer configured.
  };
  std::string destination;
  Standing standing = Standing::waiting;
  std::string reason;
  TimePoint at{};          ///< When that became durable; epoch when it has not, or is not known.
  bool at_latest = false;  ///< The move itself is lost with damage: it was then, or before.
};
std::string_view to_string(EventDelivery::Standing standing);

/// The event as the mapping of today shows it.
struct RenderedEvent {
  bool configured = false;  ///< Whether its connector still is.
  bool dropped = false;
  std::string document;
  std::string mapping_version;
  std::vector<std::string> unknown;
  std::vector<std::string> wrong;
};

struct EventStory {
  std::shared_ptr<const journal::Group> group;  ///< The memory behind the envelope.
  const journal::Envelope* envelope = nullptr;
  std::string connector;  ///< As it is called today.
  std::string item;       ///< The blob or object that held it.
  std::vector<runtime::OriginFact> origin;
  std::optional<journal::CommitPlace> commit;
  std::optional<Coverage> blob;              ///< What the commit told the ledger of the item.
  std::optional<journal::LedgerRow> window;  ///< The window that lists the item.
  RenderedEvent rendered;
  std::vector<EventDelivery> deliveries;
};

/// `id`: cistern.id, or a sequence number. Failures "cistern/no-such-event" and "cistern/usage".
Result<EventStory> tell_event(const std::string& id, const config::Configuration& configuration,
                              const Registry& registry, OpenStore& store);

}  // namespace cistern::app
