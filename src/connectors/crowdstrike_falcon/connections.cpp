#include "connectors/crowdstrike_falcon/connections.hpp"

#include "base/bytes.hpp"
#include "codec/json_scan.hpp"
#include "ecs/endpoint.hpp"
#include "ecs/function_values.hpp"

#include <charconv>
#include <cstdint>
#include <string>
#include <utility>

namespace cistern::connectors::crowdstrike_falcon {
namespace {

using ecs::FieldSink;
using ecs::member_of_json;
using ecs::scalar_of_json;

/// The one element of an array, empty when there are several; false: no array of objects.
bool only_element(std::string_view json, std::string_view& only) {
  if (json.front() != '[') return false;
  std::size_t count = 0;
  for (codec::JsonElements elements(json); elements.next();) {
    only = elements.value();
    if (only.front() != '{') return false;
    ++count;
  }
  if (count != 1) only = {};
  return true;
}

/// The name of a protocol that comes as name or as IANA number.
std::string transport_of(const std::string& protocol) {
  constexpr std::pair<std::string_view, std::string_view> kNumbers[] = {
      {"1", "icmp"}, {"2", "igmp"}, {"6", "tcp"},        {"17", "udp"},
      {"47", "gre"}, {"50", "esp"}, {"58", "ipv6-icmp"}, {"132", "sctp"}};
  for (const auto& [number, name] : kNumbers) {
    if (protocol == number) return std::string(name);
  }
  const bool number = protocol.find_first_not_of("0123456789") == std::string::npos;
  return number ? std::string() : lower_case(protocol);
}

void set_end(FieldSink& sink, const std::string& side, const std::string& address,
             const std::string& port) {
  const auto ip = ecs::parse_ip(address);
  if (!ip) return;
  sink.set_string(side + ".address", ip->text);
  sink.set_string(side + ".ip", ip->text);
  sink.set_string("network.type", ip->v6 ? "ipv6" : "ipv4");
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error == std::errc{} && end == port.data() + port.size() && number != 0) {
    sink.set_json(side + ".port", std::to_string(number));
  }
}

}  // namespace

bool only_connection(std::string_view json, FieldSink& sink) {
  std::string_view only;
  if (!only_element(json, only)) return false;
  if (only.empty()) return true;
  const auto text = [only](std::string_view name) {
    return scalar_of_json(member_of_json(only, name));
  };
  // 0 is outbound, 1 inbound; then the remote side began.
  const std::string direction = text("ConnectionDirection");
  const bool inbound = direction == "1";
  set_end(sink, inbound ? "destination" : "source", text("LocalAddress"), text("LocalPort"));
  set_end(sink, inbound ? "source" : "destination", text("RemoteAddress"), text("RemotePort"));
  if (inbound || direction == "0") {
    sink.set_string("network.direction", inbound ? "ingress" : "egress");
  }
  const std::string transport = transport_of(text("Protocol"));
  if (!transport.empty()) sink.set_string("network.transport", transport);
  return true;
}

bool only_dns_request(std::string_view json, FieldSink& sink) {
  std::string_view only;
  if (!only_element(json, only)) return false;
  if (only.empty()) return true;
  const std::string name = ecs::text_of_json(member_of_json(only, "DomainName"));
  if (name.empty()) return true;
  sink.set_string("dns.question.name", name);
  const std::string type = ecs::text_of_json(member_of_json(only, "RequestType"));
  if (!type.empty()) sink.set_string("dns.question.type", type);
  return true;
}

}  // namespace cistern::connectors::crowdstrike_falcon
