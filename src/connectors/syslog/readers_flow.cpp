#include "connectors/syslog/readers_flow.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstddef>
#include <cstring>

#include <arpa/inet.h>

namespace cistern::connectors::syslog {
namespace {

constexpr std::uint8_t kIcmp = 1;
constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;
constexpr std::uint8_t kIcmp6 = 58;
constexpr std::uint8_t kSctp = 132;

struct Address {
  std::array<unsigned char, 16> bytes{};
  std::size_t size = 0;

  [[nodiscard]] int compare(const Address& other) const {
    return std::memcmp(bytes.data(), other.bytes.data(), std::min(size, other.size));
  }
};

std::optional<Address> parse_address(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (text.empty() || text.size() >= buffer.size()) return std::nullopt;
  std::copy(text.begin(), text.end(), buffer.begin());
  Address address;
  const bool v6 = text.find(':') != std::string_view::npos;
  if (inet_pton(v6 ? AF_INET6 : AF_INET, buffer.data(), address.bytes.data()) != 1)
    return std::nullopt;
  address.size = v6 ? 16 : 4;
  return address;
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::uint8_t> protocol_number(std::string_view text) {
  struct Name {
    std::string_view text;
    std::uint8_t number;
  };
  constexpr std::array kNames = {
      Name{"tcp", kTcp},     Name{"udp", kUdp},         Name{"icmp", kIcmp}, Name{"icmpv6", kIcmp6},
      Name{"icmp6", kIcmp6}, Name{"ipv6-icmp", kIcmp6}, Name{"sctp", kSctp}};
  for (const Name& name : kNames) {
    if (equal_ignoring_case(text, name.text)) return name.number;
  }
  return parse_number<std::uint8_t>(text);
}

/// A type of ICMP whose answer has another one; they stand in for the two ports.
std::optional<std::uint16_t> icmp_counterpart(std::uint8_t protocol, std::uint16_t type) {
  struct Types {
    std::uint8_t protocol;
    std::uint16_t one;
    std::uint16_t other;
  };
  constexpr std::array kTypes = {
      Types{kIcmp, 8, 0},      Types{kIcmp, 13, 14},    Types{kIcmp, 15, 16},
      Types{kIcmp, 10, 9},     Types{kIcmp, 17, 18},    Types{kIcmp6, 128, 129},
      Types{kIcmp6, 133, 134}, Types{kIcmp6, 135, 136}, Types{kIcmp6, 130, 131},
      Types{kIcmp6, 144, 145}, Types{kIcmp6, 139, 140}};
  for (const Types& types : kTypes) {
    if (types.protocol != protocol) continue;
    if (types.one == type) return types.other;
    if (types.other == type) return types.one;
  }
  return std::nullopt;
}

/// SHA-1 of a message of at most 55 bytes, which is one block: the standard's hash, here as a name
/// and not as a protection.
std::array<unsigned char, 20> sha1_block(const unsigned char* message, std::size_t size) {
  std::array<unsigned char, 64> block{};
  std::memcpy(block.data(), message, size);
  block[size] = 0x80;
  block[62] = static_cast<unsigned char>(size * 8 >> 8);
  block[63] = static_cast<unsigned char>(size * 8);
  std::array<std::uint32_t, 80> words{};
  for (std::size_t i = 0; i < 16; ++i) {
    words[i] = static_cast<std::uint32_t>(block[4 * i]) << 24 |
               static_cast<std::uint32_t>(block[4 * i + 1]) << 16 |
               static_cast<std::uint32_t>(block[4 * i + 2]) << 8 | block[4 * i + 3];
  }
  for (std::size_t i = 16; i < 80; ++i)
    words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
  const std::array<std::uint32_t, 5> start = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476,
                                              0xC3D2E1F0};
  auto [a, b, c, d, e] = start;
  for (std::size_t i = 0; i < 80; ++i) {
    const std::uint32_t mixed = i < 20   ? ((b & c) | (~b & d)) + 0x5A827999
                                : i < 40 ? (b ^ c ^ d) + 0x6ED9EBA1
                                : i < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8F1BBCDC
                                         : (b ^ c ^ d) + 0xCA62C1D6;
    const std::uint32_t next = std::rotl(a, 5) + mixed + e + words[i];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  const std::array<std::uint32_t, 5> sums = {start[0] + a, start[1] + b, start[2] + c, start[3] + d,
                                             start[4] + e};
  std::array<unsigned char, 20> digest{};
  for (std::size_t i = 0; i < digest.size(); ++i)
    digest[i] = static_cast<unsigned char>(sums[i / 4] >> (24 - 8 * (i % 4)));
  return digest;
}

struct Ports {
  std::uint16_t source = 0;
  std::uint16_t destination = 0;
  bool one_way = false;  ///< An answer would be another flow.
};

std::optional<Ports> ports_of(const Flow& flow, std::uint8_t protocol) {
  if (protocol == kIcmp || protocol == kIcmp6) {
    const auto type = parse_number<std::uint16_t>(flow.icmp_type);
    if (!type) return std::nullopt;
    if (const auto counterpart = icmp_counterpart(protocol, *type))
      return Ports{*type, *counterpart, false};
    return Ports{*type, parse_number<std::uint16_t>(flow.icmp_code).value_or(0), true};
  }
  const auto source = parse_number<std::uint16_t>(flow.source_port);
  const auto destination = parse_number<std::uint16_t>(flow.destination_port);
  if (!source || !destination) return std::nullopt;
  return Ports{*source, *destination, false};
}

}  // namespace

std::optional<std::string> community_id(const Flow& flow) {
  const auto protocol = protocol_number(flow.protocol);
  if (!protocol) return std::nullopt;
  const bool has_ports = *protocol == kTcp || *protocol == kUdp || *protocol == kSctp ||
                         *protocol == kIcmp || *protocol == kIcmp6;
  auto source = parse_address(flow.source_ip);
  auto destination = parse_address(flow.destination_ip);
  auto ports = has_ports ? ports_of(flow, *protocol) : std::optional<Ports>(Ports{});
  if (*protocol == 0 || !source || !destination || source->size != destination->size || !ports)
    return std::nullopt;
  const int order = source->compare(*destination);
  const bool turned = order > 0 || (order == 0 && ports->source > ports->destination);
  if (turned && !ports->one_way) {
    std::swap(source, destination);
    std::swap(ports->source, ports->destination);
  }
  std::array<unsigned char, 40> message{};
  std::size_t size = 2;  // A seed of 0.
  const auto put = [&](const unsigned char* bytes, std::size_t count) {
    std::memcpy(message.data() + size, bytes, count);
    size += count;
  };
  put(source->bytes.data(), source->size);
  put(destination->bytes.data(), destination->size);
  message[size++] = *protocol;
  message[size++] = 0;
  if (has_ports) {
    for (const std::uint16_t port : {ports->source, ports->destination}) {
      message[size++] = static_cast<unsigned char>(port >> 8);
      message[size++] = static_cast<unsigned char>(port);
    }
  }
  const auto digest = sha1_block(message.data(), size);
  return "1:" + base64_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace cistern::connectors::syslog
