// Connections and name requests that a detection lists.
#pragma once

#include "ecs/functions.hpp"

#include <string_view>

namespace cistern::connectors::crowdstrike_falcon {

/// NetworkAccesses, MobileNetworkConnections: source, destination and network where exactly one is
/// listed; of several none is the connection of the event. The addresses of all of them are for
/// the mapping to collect.
bool only_connection(std::string_view json, ecs::FieldSink& sink);

/// DnsRequests, MobileDnsRequests: dns.question where exactly one is listed.
bool only_dns_request(std::string_view json, ecs::FieldSink& sink);

}  // namespace cistern::connectors::crowdstrike_falcon
