// The Community ID of a network flow (version 1): the same text from every product that saw it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::connectors::syslog {

struct Flow {
  std::string_view source_ip;
  std::string_view destination_ip;
  std::string_view protocol;  ///< "tcp", "UDP", "6"
  std::string_view source_port;
  std::string_view destination_port;
  std::string_view icmp_type;
  std::string_view icmp_code;
};

/// Nothing when an address, the protocol or the ports are missing or not readable.
std::optional<std::string> community_id(const Flow& flow);

}  // namespace cistern::connectors::syslog
