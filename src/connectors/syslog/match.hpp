// Rules that give a device its stream, its time zone and its name.
#pragma once

#include "codec/syslog_message.hpp"
#include "net/listen/ip_address.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::syslog {

/// Every condition that is given must hold; an empty one holds always.
struct MatchRule {
  std::optional<net::AddressRange> peer{};
  std::string listener{};
  std::string host{};         ///< As in the header, in any case; one `*` stands for any text.
  std::string app{};          ///< Likewise.
  std::string contains{};     ///< Anywhere in the message.
  std::string_view stream{};  ///< Empty: detected. The text is static: records point to it.
  std::string zone{};         ///< Empty: the connector's.
  std::string name{};         ///< Empty: none.
  TimeZone time_zone{};       ///< That of `zone`.
};

/// Whether `text` is what the pattern says: equal in any case, with at most one `*`.
bool fits_pattern(std::string_view pattern, std::string_view text);

/// What of a rule concerns the connection: asked once for each.
bool holds_for_sender(const MatchRule& rule, const net::IpAddress& peer, std::string_view listener);
/// What of it concerns the message.
bool holds_for_message(const MatchRule& rule, const codec::SyslogMessage& message,
                       std::string_view raw);

}  // namespace cistern::connectors::syslog
