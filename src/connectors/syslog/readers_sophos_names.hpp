// What the digits of a Sophos Firewall log id mean: type, component, subtype, priority, message.
#pragma once

#include <optional>
#include <string_view>

namespace cistern::connectors::syslog {

/// The parts of a log id of 12 digits: TT CC SS P MMMMM. Names are those that the device writes;
/// empty where the number is not known.
struct SophosLogId {
  std::string_view type;
  std::string_view component;
  std::string_view subtype;
  std::string_view priority;
  char severity = '6';       ///< The digit of the priority.
  std::string_view message;  ///< Five digits.
};

/// Nothing when the text is not twelve digits.
std::optional<SophosLogId> decode_log_id(std::string_view log_id);

/// The digit of syslog's severity for a priority's name as the device writes it in any of its
/// formats; nothing for another text.
std::optional<char> severity_of_priority(std::string_view priority);

}  // namespace cistern::connectors::syslog
