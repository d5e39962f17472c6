// Removing the event stream at the vendor when its connector is removed.
#pragma once

#include "base/secret.hpp"
#include "net/http_client.hpp"
#include "runtime/connector.hpp"

#include <memory>
#include <string>

namespace cistern::connectors::cisco_secure_endpoint {

/// What removing a stream takes, as it is sealed into the position: by the time of the removal the
/// connector is gone from the configuration, and its key with it.
struct ReleaseKeys {
  std::string client_id;
  Secret api_key;
  std::string ca_file;
  std::string proxy;
  std::string proxy_user;
  Secret proxy_password;
};
Secret make_release_keys(const ReleaseKeys& keys);
Result<ReleaseKeys> read_release_keys(const Secret& text);

/// For ConnectorType::leaves_behind.
std::string event_stream_left_behind(const Position& position);

/// For ConnectorType::release. A stream that the vendor no longer knows counts as removed. Failures
/// name what to delete by hand.
std::shared_ptr<void> start_event_stream_release(runtime::ReleaseContext context);

}  // namespace cistern::connectors::cisco_secure_endpoint
