// The connection below a stream of messages or frames.
#pragma once

#include "destinations/syslog/sender.hpp"

namespace cistern::destinations::syslog {

/// Plain or TLS, as the server's transport says.
inline Result<std::unique_ptr<net::Connection>> connect_server(const Server& server,
                                                               const SenderContext& context) {
  const auto& times = context.settings.times;
  if (uses_tls(server.transport))
    return context.tls->connect(server.address, times, context.cancellation);
  return net::connect_tcp(server.address, times, context.cancellation);
}

}  // namespace cistern::destinations::syslog
