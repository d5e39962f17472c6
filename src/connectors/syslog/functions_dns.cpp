#include "connectors/syslog/functions_dns.hpp"

#include "ecs/function_values.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

#include <arpa/inet.h>

namespace cistern::connectors::syslog {
namespace {

std::string_view take_word(std::string_view& rest) {
  while (rest.starts_with(' '))
    rest.remove_prefix(1);
  const std::size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end);
  return word;
}

bool take(std::string_view& rest, std::string_view words) {
  if (!rest.starts_with(words)) return false;
  rest.remove_prefix(words.size());
  return true;
}

bool is_address(std::string_view text) {
  unsigned char bytes[16];
  const std::string whole{text.substr(0, INET6_ADDRSTRLEN)};
  return inet_pton(AF_INET, whole.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, whole.c_str(), bytes) == 1;
}

/// `192.0.2.1#53`, as named separates address and port.
bool set_endpoint(std::string_view text, std::string_view who, ecs::FieldSink& sink) {
  const std::size_t hash = text.find('#');
  if (hash == std::string_view::npos || !is_address(text.substr(0, hash))) return false;
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + hash + 1, end, port);
  if (error != std::errc{} || stop != end) return false;
  const std::string prefix{who};
  sink.set_string(prefix + ".ip", text.substr(0, hash));
  sink.set_json(prefix + ".port", std::to_string(port));
  return true;
}

void read_listening(std::string_view rest, ecs::FieldSink& sink) {
  sink.set_string("event.action", "named-listening");
  if (take(rest, "IPv4 interface ")) {
    sink.set_string("network.type", "ipv4");
  } else if (take(rest, "IPv6 interface ")) {
    sink.set_string("network.type", "ipv6");
  } else {
    set_endpoint(take_word(rest), "server", sink);
    return;
  }
  std::string_view interface = take_word(rest);
  if (interface.ends_with(',')) interface.remove_suffix(1);
  if (!interface.empty()) sink.set_string("observer.ingress.interface.name", interface);
  set_endpoint(take_word(rest), "server", sink);
}

/// Newer releases write a number of their own before the address, and the view behind the name.
void read_client(std::string_view rest, ecs::FieldSink& sink) {
  std::string_view word = take_word(rest);
  if (word.starts_with('@')) word = take_word(rest);
  if (word.ends_with(':')) word.remove_suffix(1);
  set_endpoint(word, "client", sink);
  const std::size_t query = rest.find("query: ");
  if (query == std::string_view::npos) return;
  rest.remove_prefix(query + 7);
  sink.set_string("event.action", "named-query");
  const std::string_view name = take_word(rest);
  const std::string_view kind = take_word(rest);
  const std::string_view type = take_word(rest);
  if (!name.empty()) sink.set_string("dns.question.name", name);
  if (!kind.empty()) sink.set_string("dns.question.class", kind);
  if (!type.empty()) sink.set_string("dns.question.type", type);
}

}  // namespace

bool named_message(std::string_view json, ecs::FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  const std::string text = ecs::text_of_json(json);
  std::string_view rest = text;
  if (take(rest, "no longer listening on ") || take(rest, "listening on ")) {
    read_listening(rest, sink);
  } else if (take(rest, "client ")) {
    read_client(rest, sink);
  }
  return true;
}

}  // namespace cistern::connectors::syslog
