#include "destinations/syslog/sender.hpp"

namespace cistern::destinations::syslog {

Result<std::unique_ptr<Sender>> connect_sender(const Server& server, const SenderContext& context) {
  switch (server.transport) {
    case Transport::udp:
      return connect_udp(server, context);
    case Transport::relp:
    case Transport::relps:
      return connect_relp(server, context);
    case Transport::tcp:
    case Transport::tls:
      break;
  }
  return connect_stream(server, context);
}

}  // namespace cistern::destinations::syslog
