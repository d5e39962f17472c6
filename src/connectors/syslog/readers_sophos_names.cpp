#include "connectors/syslog/readers_sophos_names.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace cistern::connectors::syslog {
namespace {

constexpr std::array<std::string_view, 16> kTypes = {
    "",    "Firewall", "IDP",  "Anti-Virus",          "Anti-Spam", "Content Filtering", "Event",
    "WAF", "ATP",      "EATP", "Wireless Protection", "Heartbeat", "System Health",     "Sandbox",
    "",    "SD-WAN",
};

constexpr std::array<std::string_view, 85> kComponents = {
    "",
    "Firewall Rule",
    "Invalid Traffic",
    "Appliance Access",
    "DoS Attack",
    "ICMP Redirection",
    "Source Routed",
    "Anomaly",
    "Signatures",
    "HTTP",
    "FTP",
    "SMTP",
    "POP3",
    "IMAP4",
    "Fragmented Traffic",
    "Invalid Fragmented Traffic",
    "HA",
    "MAC Filter",
    "IPMAC Filter",
    "IP Spoof",
    "GUI",
    "CLI",
    "LCD",
    "CCC",
    "IM",
    "IPSec",
    "L2TP",
    "PPTP",
    "SSL VPN",
    "Firewall Authentication",
    "VPN Authentication",
    "SSL VPN Authentication",
    "My Account Authentication",
    "Appliance",
    "DHCP Server",
    "Interface",
    "Gateway",
    "DDNS",
    "WebCat",
    "IPS",
    "Anti-Virus",
    "Dial-In Authentication",
    "Dial-In",
    "Quarantine",
    "Application",
    "Landing Page",
    "WLAN",
    "ARP Flood",
    "HTTPS",
    "Guest User",
    "Web Application Firewall",
    "Virtual Host",
    "CTA",
    "NTLM",
    "Appliances Deactivated",
    "PPPoE",
    "External Authentication",
    "API",
    "ICAP",
    "SMTPS",
    "Wireless Protection",
    "POPS",
    "IMAPS",
    "Firewall",
    "DNS",
    "Web",
    "Heartbeat",
    "Endpoint",
    "RED",
    "ATP",
    "SSL VPN Client",
    "IPSec Client",
    "Authentication Client",
    "RED Firmware",
    "AP Firmware",
    "Up2Date",
    "CPU",
    "Memory",
    "Disk",
    "Live User",
    "Missing Heartbeat",
    "Synchronized Application Control",
    "ICMP ERROR MESSAGE",
    "Mail",
    "Web Content Policy",
};

constexpr std::array<std::string_view, 29> kSubtypes = {
    "",
    "Allowed",
    "Denied",
    "Detect",
    "Drop",
    "Clean",
    "Virus",
    "Spam",
    "Probable Spam",
    "Admin",
    "Authentication",
    "System",
    "Outbound Clean",
    "Outbound Spam",
    "Outbound Probable Spam",
    "",
    "",
    "",
    "",
    "",
    "Alert",
    "DLP",
    "SPX",
    "Dos",
    "",
    "Information",
    "Usage",
    "Warned",
    "Pending",
};

constexpr std::array<std::string_view, 8> kPriorities = {
    "Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Information", "Debug"};

std::size_t two_digits(std::string_view text, std::size_t at) {
  return static_cast<std::size_t>((text[at] - '0') * 10 + (text[at + 1] - '0'));
}

std::string_view name_at(std::span<const std::string_view> names, std::size_t number) {
  return number < names.size() ? names[number] : std::string_view{};
}

}  // namespace

std::optional<SophosLogId> decode_log_id(std::string_view log_id) {
  constexpr std::size_t kDigits = 12;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (log_id.size() != kDigits || !std::all_of(log_id.begin(), log_id.end(), is_digit))
    return std::nullopt;
  return SophosLogId{.type = name_at(kTypes, two_digits(log_id, 0)),
                     .component = name_at(kComponents, two_digits(log_id, 2)),
                     .subtype = name_at(kSubtypes, two_digits(log_id, 4)),
                     .priority = name_at(kPriorities, static_cast<std::size_t>(log_id[6] - '0')),
                     .severity = log_id[6],
                     .message = log_id.substr(7)};
}

std::optional<char> severity_of_priority(std::string_view priority) {
  for (std::size_t i = 0; i < kPriorities.size(); ++i) {
    if (equal_ignoring_case(kPriorities[i], priority)) return static_cast<char>('0' + i);
  }
  if (equal_ignoring_case(priority, "Informational")) return '6';
  return std::nullopt;
}

}  // namespace cistern::connectors::syslog
