// A connector that is told by the vendor what has become available, besides polling.
#pragma once

#include "connectors/microsoft_365/machine.hpp"
#include "connectors/microsoft_365/webhook_listeners.hpp"
#include "runtime/poll/poll_driver.hpp"

#include <functional>
#include <memory>
#include <string>

namespace cistern::connectors::microsoft_365 {

/// What a webhook connector is made of, besides the polling one.
struct WebhookParts {
  std::string connector;  ///< The user's name of the instance.
  /// Read anew for each attempt to listen, so that a file that was mended is found.
  std::function<WebhookReceiver()> receiver;
  std::string manage_url;
  std::string client_id;
  std::shared_ptr<WebhookListeners> listeners;
};

/// `machine` belongs to `polling`. An address that cannot be listened on is a notice, tried again
/// each minute; polling does not wait for it.
std::unique_ptr<runtime::Connector> make_webhook_connector(
    WebhookParts parts, std::unique_ptr<runtime::PollConnector> polling, NotifiedMachine& machine,
    net::IoLoop& loop, const runtime::Services& services);

}  // namespace cistern::connectors::microsoft_365
