// A connector that reads the event stream beside the REST interface: glue between the stream's
// machine, the broker's thread and the REST machine. No decisions.
#pragma once

#include "connectors/cisco_secure_endpoint/event_stream_options.hpp"
#include "connectors/cisco_secure_endpoint/machine.hpp"
#include "net/authorizer.hpp"
#include "net/http_client.hpp"
#include "runtime/poll/poll_driver.hpp"
#include "runtime/services.hpp"

#include <memory>
#include <string>

namespace cistern::connectors::cisco_secure_endpoint {

struct EventStreamParts {
  std::string connector;
  std::string api_url;
  std::string identity_host;  ///< identity_host(api_url): events get the identity of REST.
  EventStreamSettings settings;
  Secret keys;  ///< make_release_keys(): sealed into the position, for a later removal.
  /// For the REST resource of the stream: a client and credentials of its own, and the budget that
  /// the organisation's other requests use.
  std::unique_ptr<net::HttpClient> http;
  std::unique_ptr<net::Authorizer> authorizer;
  std::string budget;
  double requests_per_minute = 50;
};

/// Starts and stops both. `rest` is the machine of `polling`, and is told how the stream stands.
///
/// At the end nothing more is taken from the queue, what is on its way becomes durable and is
/// acknowledged; what takes longer than some seconds comes again at the next start and is dropped
/// as repeated.
std::unique_ptr<runtime::Connector> make_event_stream_connector(
    EventStreamParts parts, std::unique_ptr<runtime::PollConnector> polling, RestMachine& rest,
    const runtime::Services& services);

}  // namespace cistern::connectors::cisco_secure_endpoint
