// Addresses of those who connect to us, and ranges of them.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr_storage;

namespace cistern::net {

/// An IPv6 address; one of IPv4 in its mapped form (::ffff:a.b.c.d), so that both compare.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};
  [[nodiscard]] bool is_ipv4() const;
  [[nodiscard]] std::string text() const;  ///< "192.0.2.1", "2001:db8::1"
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
};

std::optional<IpAddress> parse_ip_address(std::string_view text);

/// Who sent something, and from where.
struct Sender {
  IpAddress address;
  std::uint16_t port = 0;
};
Sender sender_of(const sockaddr_storage& storage);

/// "192.0.2.0/24", "2001:db8::/32", or one address.
class AddressRange {
 public:
  static std::optional<AddressRange> parse(std::string_view text);
  [[nodiscard]] bool holds(const IpAddress& address) const;

 private:
  IpAddress first_;
  unsigned bits_ = 128;
};

}  // namespace cistern::net
