#include "connectors/syslog/match.hpp"

#include "base/bytes.hpp"

namespace cistern::connectors::syslog {

bool fits_pattern(std::string_view pattern, std::string_view text) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return equal_ignoring_case(pattern, text);
  const std::string_view before = pattern.substr(0, star);
  const std::string_view behind = pattern.substr(star + 1);
  return text.size() >= before.size() + behind.size() &&
         equal_ignoring_case(before, text.substr(0, before.size())) &&
         equal_ignoring_case(behind, text.substr(text.size() - behind.size()));
}

bool holds_for_sender(const MatchRule& rule, const net::IpAddress& peer,
                      std::string_view listener) {
  return (!rule.peer || rule.peer->holds(peer)) &&
         (rule.listener.empty() || rule.listener == listener);
}

bool holds_for_message(const MatchRule& rule, const codec::SyslogMessage& message,
                       std::string_view raw) {
  return (rule.host.empty() || fits_pattern(rule.host, message.host)) &&
         (rule.app.empty() || fits_pattern(rule.app, message.app)) &&
         (rule.contains.empty() || raw.find(rule.contains) != std::string_view::npos);
}

}  // namespace cistern::connectors::syslog
