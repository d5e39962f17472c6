#include "connectors/cisco_secure_email/readers_patterns.hpp"

#include <algorithm>

namespace cistern::connectors::cisco_secure_email {
namespace {

constexpr auto kFile = std::to_array<Pattern>({
    {"log_begin", "Begin Logfile"},
    {"log_version", "Version: {version} SN: {serial}"},
    {"log_offset", "Time offset from UTC: {offset} seconds"},
    {"log_end", "End Logfile"},
});

constexpr auto kAuthentication = std::to_array<Pattern>({
    {"logon",
     "The user {user*} successfully logged on from {client_ip} with privilege {privilege} using an "
     "{protocol} connection."},
    {"logon_failed",
     "An authentication attempt by the user {user*} from {client_ip} failed using an {protocol} "
     "connection."},
    {"logon_failed",
     "An authentication attempt by the user {user*} from {client_ip} failed{reason}"},
    {"authenticated", "User {user*} from {client_ip} was authenticated successfully."},
    {"authenticated", "User {user*} was authenticated successfully."},
    {"authentication_failed", "User {user*} from {client_ip} failed authentication."},
    {"authentication_failed", "User {user*} failed authentication."},
    {"session_start", "login:{client_ip} user:{user*} session:{session}"},
    {"session_end", "logout:{client_ip} user:{user*} session:{session}"},
    {"session_expired", "GUI: User {user*} logged out from session {session} {reason}"},
    {"session_expired", "CLI: User {user*} logged out from {client_ip} {reason}"},
    {"session_end", "User {user*} logged out of SSH session {client_ip}"},
});

constexpr auto kWeb = std::to_array<Pattern>({
    {"request",
     "req:{client_ip} user:{user} id:{session} {status#} {method} {path} HTTP/{version} {agent}"},
    {"request",
     "req:{client_ip} user:{user} id:{session} {status#} {method} {path} HTTP/{version}"},
    {"session_action",
     "SourceIP:{client_ip} Destination:{path} Username:{user*} Privilege:{privilege} "
     "session:{session} Action: {detail}"},
    {"session_expired", "Session {session} user:{user*} expired"},
    {"session_not_found", "Session {session} from {client_ip} not found Destination:{path}"},
    {"session_not_found", "Session {session} from {client_ip} not found"},
    {"session_expired", "Action: User {user*} logged out from session {session} {reason}"},
    {"tls_error", "SSL error with client {client_ip}:{client_port#} - {reason}"},
    {"tls_error", "SSL error with client {client} - {reason}"},
    {"connection_error",
     "Error in {protocol} connection from host {client_ip} port {client_port#} - {reason}"},
    {"passphrase_changed", "Passphrase has been changed for user {user}"},
    {"passphrase_changed", "Password has been changed for user {user}"},
    {"periodic_reports", "PERIODIC REPORTS: {detail}"},
    {"threat_level_unavailable", "Could not fetch current Virus Threat Level: {reason}"},
});

constexpr auto kSystem = std::to_array<Pattern>({
    {"commit", "PID {pid#}: User {user} commit changes: {comment}"},
    {"dns_error", "DNS query network error '{reason*}' to '{server_ip}' looking up '{question*}'"},
    {"lame_referral", "lame DNS referral: qname:{question} ns_name:{name_server} {reason}"},
    {"lame_referral", "lame DNS referral: {reason}"},
    {"invalid_dns_response",
     "Received an invalid DNS Response: rcode={response_code} {reason*} to IP {server_ip} looking "
     "up {question}"},
    {"invalid_dns_response", "Received an invalid DNS Response: {reason}"},
    {"dns_unavailable", "Failed to bootstrap the DNS resolver. {reason}"},
});

constexpr auto kCommands = std::to_array<Pattern>({
    {"commit", "PID {pid#}: User {user} commit changes: {comment}"},
    {"cli_login", "PID {pid#}: User {user} login from {client_ip} on {server_ip}"},
    {"command", "PID {pid#}: User {user} executed {command}"},
    {"answer", "PID {pid#}: User {user} entered '{command*}'; prompt was '{prompt*}'"},
    {"cli_logout", "PID {pid#}: User {user} logged out{reason}"},
});

constexpr auto kAntivirus = std::to_array<Pattern>({
    {"antivirus_result", "{engine} antivirus - MID {mid#} - Result '{verdict}' ({detail*})"},
    {"antivirus_virus", "{engine} antivirus - MID {mid#} {part#} - Virus '{virus}' {detail}"},
    {"antivirus_virus", "{engine} antivirus - MID {mid#} - Virus '{virus}' {detail}"},
    {"antivirus_error", "{engine} antivirus - MID {mid#} {part#} - Error - {reason}"},
    {"antivirus_error", "{engine} antivirus - MID {mid#} - Error - {reason}"},
    {"antivirus_message", "{engine} antivirus - MID {mid#} - {detail}"},
    {"antivirus_error", "{engine} antivirus - Error - {reason}"},
    {"antivirus_timeout", "{engine} antivirus - timed out on message{detail}"},
    {"antivirus_message", "{engine} antivirus - {detail}"},
});

constexpr auto kAntispam = std::to_array<Pattern>({
    {"antispam_engine", "{engine} antispam - engine ({pid#}) : case-daemon: {detail}"},
    {"antispam_engine", "{engine} antispam - engine ({pid#}) : {detail}"},
    {"antispam_message", "{engine} antispam - {detail}"},
});

constexpr auto kContentScanner = std::to_array<Pattern>({
    {"content_scanner", "PF: {detail*} (pid={pid#})"},
    {"content_scanner", "PF: {detail}"},
});

constexpr auto kErrors = std::to_array<Pattern>({
    {"alert_failed",
     "Error while sending alert: Unable to send {alert} alert to {recipient} with subject "
     "\"{subject*}\"."},
    {"alert_sent", "A {alert} alert was sent to {recipient} with subject \"{subject*}\"."},
    {"system_mail_attempt",
     "Internal SMTP system attempting to send a message to {recipient} with subject '{subject*}' "
     "(attempt #{attempt#})."},
    {"system_mail_given_up",
     "Internal SMTP giving up on message to {recipient} with subject '{subject*}': {reason}"},
    {"log_push_failed", "Log Error: Subscription {subscription}: {reason}"},
    {"quarantine_error", "Quarantine: {reason}"},
});

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Takes one field and leaves `pattern` and `text` behind it.
bool take_field(std::string_view& pattern, std::string_view& text, Captures& captures) {
  const std::size_t close = pattern.find('}');
  std::string_view name = pattern.substr(1, close - 1);
  pattern.remove_prefix(close + 1);
  const bool last = name.ends_with('*');
  const bool digits = name.ends_with('#');
  if (last || digits) name.remove_suffix(1);
  const std::string_view words = pattern.substr(0, pattern.find('{'));
  std::size_t end = text.size();
  if (!words.empty()) end = last ? text.rfind(words) : text.find(words);
  if (end == std::string_view::npos) return false;
  const std::string_view value = text.substr(0, end);
  text.remove_prefix(end);
  return (!digits || is_number(value)) && captures.add(name, value);
}

}  // namespace

bool match_pattern(std::string_view pattern, std::string_view text, Captures& captures) {
  captures.clear();
  while (!pattern.empty()) {
    if (pattern.front() == '{') {
      if (!take_field(pattern, text, captures)) return false;
      continue;
    }
    const std::string_view words = pattern.substr(0, pattern.find('{'));
    if (!text.starts_with(words)) return false;
    text.remove_prefix(words.size());
    pattern.remove_prefix(words.size());
  }
  return text.empty();
}

const Pattern* find_pattern(std::span<const Pattern> patterns, std::string_view text,
                            Captures& captures) {
  for (const Pattern& pattern : patterns) {
    if (match_pattern(pattern.text, text, captures)) return &pattern;
  }
  captures.clear();
  return nullptr;
}

std::span<const Pattern> file_patterns() {
  return kFile;
}
std::span<const Pattern> authentication_patterns() {
  return kAuthentication;
}
std::span<const Pattern> web_patterns() {
  return kWeb;
}
std::span<const Pattern> system_patterns() {
  return kSystem;
}
std::span<const Pattern> command_patterns() {
  return kCommands;
}
std::span<const Pattern> antivirus_patterns() {
  return kAntivirus;
}
std::span<const Pattern> antispam_patterns() {
  return kAntispam;
}
std::span<const Pattern> content_scanner_patterns() {
  return kContentScanner;
}
std::span<const Pattern> error_patterns() {
  return kErrors;
}

}  // namespace cistern::connectors::cisco_secure_email
