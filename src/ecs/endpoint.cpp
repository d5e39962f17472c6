#include "ecs/endpoint.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>

namespace cistern::ecs {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t from = text.find_first_not_of(kSpace);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kSpace) - from + 1);
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

std::string dotted(const unsigned char* bytes) {
  std::array<char, INET_ADDRSTRLEN> text{};
  return inet_ntop(AF_INET, bytes, text.data(), text.size()) != nullptr ? text.data() : "";
}

}  // namespace

std::optional<IpText> parse_ip(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN + 1> copy{};
  if (text.empty() || text.size() >= copy.size()) return std::nullopt;
  // An embedded NUL would end the text early for inet_pton and hide what follows.
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  std::copy(text.begin(), text.end(), copy.begin());
  std::array<unsigned char, 16> bytes{};
  if (text.find(':') == std::string_view::npos) {
    if (inet_pton(AF_INET, copy.data(), bytes.data()) != 1) return std::nullopt;
    return IpText{std::string(text), false};
  }
  if (inet_pton(AF_INET6, copy.data(), bytes.data()) != 1) return std::nullopt;
  constexpr std::array<unsigned char, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (std::equal(kMapped.begin(), kMapped.end(), bytes.begin())) {
    return IpText{dotted(bytes.data() + kMapped.size()), false};
  }
  return IpText{std::string(text), true};
}

bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  bool letter = false;
  char before = '.';
  for (const char c : text) {
    if (c == '.') {
      if (before == '.') return false;
      letter = false;
    } else if (is_letter(c)) {
      letter = true;
    } else if (!is_digit(c) && c != '-' && c != '_') {
      return false;
    }
    before = c;
  }
  return letter && before != '.';
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  text = trim(text);
  std::string_view host = text;
  std::string_view port;
  bool has_port = false;
  if (!text.empty() && text.front() == '[') {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    host = text.substr(1, close - 1);
    const std::string_view rest = text.substr(close + 1);
    if (!rest.empty() && rest.front() != ':') return std::nullopt;
    has_port = !rest.empty();
    if (has_port) port = rest.substr(1);
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    const std::size_t colon = text.find(':');
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    has_port = true;
  }
  Endpoint endpoint;
  if (has_port) {
    endpoint.port = parse_port(port);
    if (!endpoint.port) return std::nullopt;
  }
  endpoint.ip = parse_ip(host);
  if (!endpoint.ip) {
    if (!is_host_name(host)) return std::nullopt;
    endpoint.domain = host;
  }
  return endpoint;
}

}  // namespace cistern::ecs
