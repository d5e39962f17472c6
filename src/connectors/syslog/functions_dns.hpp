// What the DNS server of Sophos UTM (BIND's named) writes about itself and its clients.
#pragma once

#include "ecs/functions.hpp"

#include <string_view>

namespace cistern::connectors::syslog {

/// `listening on IPv4 interface eth0, 192.0.2.1#53`: `event.action`, `server.ip`, `server.port`,
/// `observer.ingress.interface.name`, `network.type`.
/// `client 192.0.2.7#4711 (www.example): query: www.example IN A +`: `event.action`, `client.ip`,
/// `client.port`, `dns.question.name`, `.class`, `.type`. Other texts give nothing.
bool named_message(std::string_view json, ecs::FieldSink& sink);

}  // namespace cistern::connectors::syslog
