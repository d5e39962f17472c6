// The kinds of logs that AsyncOS pushes, and how a file's kind is found.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace cistern::connectors::cisco_secure_email {

/// Closed list. A kind's name is the stream of its records.
enum class LogKind : std::uint8_t {
  mail,          ///< Text mail logs.
  consolidated,  ///< Consolidated event logs: one CEF line a message.
  authentication,
  amp,  ///< AMP engine: file reputation and analysis.
  bounce,
  content_scanner,
  error,  ///< Text mail logs at level Critical.
  gui,    ///< The web interface's requests.
  http,   ///< The same form from another web interface, the spam quarantine's.
  system,
  status,
  antispam,
  antivirus,
  cli,
  audit,
  other,    ///< Any other text log: time, level, text.
  binary,   ///< Delivery and tracking logs: a format of the vendor's own. Refused.
  archive,  ///< Mailboxes of whole messages: private content. Refused.
};

/// `mail`, `content_scanner` …
std::string_view name_of(LogKind kind);
/// The kind of that name, as a configuration writes it; nothing for any other word.
std::optional<LogKind> log_kind_named(std::string_view name);

/// Whether files of the kind are not taken apart, and why. Empty for kinds that are.
std::string_view why_refused(LogKind kind);

/// By the base name of a file or the name of a log: `mail_logs`, `amp`, `gui_logs`, also followed
/// by a host name or a suffix (`authentication.example.com`, `mail_logs_siem`). Nothing when the
/// name says nothing.
std::optional<LogKind> log_kind_of_name(std::string_view base_name);

/// By the first lines of a file (a few KiB are enough; the last line may be cut). Nothing when they
/// do not tell, as when a file holds only its header.
std::optional<LogKind> sniff_log_kind(std::string_view head);

enum class KindEvidence : std::uint8_t { configuration, base_name, content, none };

struct KindChoice {
  LogKind kind = LogKind::other;
  KindEvidence evidence = KindEvidence::none;
};

/// Configuration before base name before content. What the content shows to be binary or a mailbox
/// is refused, whatever configuration and name say: its lines would be nonsense or private mail.
KindChoice choose_log_kind(std::optional<LogKind> configured, std::string_view base_name,
                           std::string_view head);

}  // namespace cistern::connectors::cisco_secure_email
