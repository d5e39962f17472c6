#include "connectors/cisco_secure_email/log_kind.hpp"

#include "base/bytes.hpp"
#include "connectors/cisco_secure_email/mail_line.hpp"
#include "connectors/cisco_secure_email/mail_line_header.hpp"

#include <array>
#include <cstddef>

namespace cistern::connectors::cisco_secure_email {
namespace {

/// In the order of LogKind.
constexpr auto kKindNames = std::to_array<std::string_view>({
    "mail",
    "consolidated",
    "authentication",
    "amp",
    "bounce",
    "content_scanner",
    "error",
    "gui",
    "http",
    "system",
    "status",
    "antispam",
    "antivirus",
    "cli",
    "audit",
    "other",
    "binary",
    "archive",
});
static_assert(kKindNames.size() == static_cast<std::size_t>(LogKind::archive) + 1);

struct NamedKind {
  std::string_view text;
  LogKind kind;
};

/// The vendor's usual names of logs, and what administrators commonly make of them.
constexpr auto kLogNames = std::to_array<NamedKind>({
    {"mail_logs", LogKind::mail},
    {"mail_log", LogKind::mail},
    {"mail", LogKind::mail},
    {"consolidated_event_logs", LogKind::consolidated},
    {"consolidated_events", LogKind::consolidated},
    {"consolidated_event", LogKind::consolidated},
    {"consolidated", LogKind::consolidated},
    {"authentication_logs", LogKind::authentication},
    {"authentication", LogKind::authentication},
    {"amp_logs", LogKind::amp},
    {"amp", LogKind::amp},
    {"bounce_logs", LogKind::bounce},
    {"bounces", LogKind::bounce},
    {"content_scanner_logs", LogKind::content_scanner},
    {"content_scanner", LogKind::content_scanner},
    {"error_logs", LogKind::error},
    {"gui_logs", LogKind::gui},
    {"gui", LogKind::gui},
    {"euqgui_logs", LogKind::http},
    {"http_logs", LogKind::http},
    {"system_logs", LogKind::system},
    {"system", LogKind::system},
    {"status_logs", LogKind::status},
    {"status", LogKind::status},
    {"antispam_logs", LogKind::antispam},
    {"antispam", LogKind::antispam},
    {"antivirus_logs", LogKind::antivirus},
    {"antivirus", LogKind::antivirus},
    {"cli_logs", LogKind::cli},
    {"audit_logs", LogKind::audit},
    {"delivery_logs", LogKind::binary},
    {"trackerd_logs", LogKind::binary},
    {"asarchive", LogKind::archive},
    {"avarchive", LogKind::archive},
    {"amparchive", LogKind::archive},
    {"scanning", LogKind::other},
    {"euq_logs", LogKind::other},
    {"updater_logs", LogKind::other},
    {"sntpd_logs", LogKind::other},
    {"ftpd_logs", LogKind::other},
    {"reportd_logs", LogKind::other},
    {"reportqueryd_logs", LogKind::other},
    {"slbld_logs", LogKind::other},
    {"encryption", LogKind::other},
    {"upgrade_logs", LogKind::other},
    {"smartlicense", LogKind::other},
    {"service_logs", LogKind::other},
});

/// How texts of kinds begin that a mail log does not hold.
constexpr auto kBeginnings = std::to_array<NamedKind>({
    {"CEF:", LogKind::consolidated},
    {"File reputation query initiating", LogKind::amp},
    {"Response received for file reputation query", LogKind::amp},
    {"File uploaded for analysis", LogKind::amp},
    {"File Analysis complete", LogKind::amp},
    {"File not uploaded for analysis", LogKind::amp},
    {"Retrospective verdict received", LogKind::amp},
    {"The user ", LogKind::authentication},
    {"An authentication attempt by the user ", LogKind::authentication},
    {"login:", LogKind::authentication},
    {"logout:", LogKind::authentication},
    {"req:", LogKind::gui},
    {"SourceIP:", LogKind::gui},
    {"case antispam", LogKind::antispam},
    {"sophos antivirus", LogKind::antivirus},
    {"mcafee antivirus", LogKind::antivirus},
    {"PF: ", LogKind::content_scanner},
    {"DNS query network error", LogKind::system},
    {"lame DNS referral", LogKind::system},
    {"Failed to bootstrap the DNS resolver", LogKind::system},
});

/// How a mailbox begins, or a message without the line before it.
constexpr auto kMailboxBeginnings = std::to_array<std::string_view>(
    {"From ", "Return-Path:", "Received:", "X-IronPort", "X-Ironport"});

bool is_mailbox(std::string_view head) {
  for (const std::string_view beginning : kMailboxBeginnings) {
    if (head.starts_with(beginning)) return true;
  }
  return false;
}

/// A zero byte behind a first line of a log is a stranger's, in a subject perhaps: it must not be
/// able to have the file refused.
bool is_binary(std::string_view head) {
  return head.find('\0') != std::string_view::npos &&
         !begins_entry(head.substr(0, head.find('\n')));
}

/// `PID 12: User ann commit changes: …` is of system logs, other commands are of CLI logs.
LogKind kind_of_process_line(std::string_view text) {
  return text.find(" commit changes:") != std::string_view::npos ? LogKind::system : LogKind::cli;
}

/// The kind whose lines have forms of mail; nothing for forms that say nothing.
std::optional<LogKind> kind_of_mail_form(std::string_view text) {
  switch (read_mail_line(text).form) {
    case MailForm::other:
    case MailForm::status:
    case MailForm::log_begin:
    case MailForm::log_version:
    case MailForm::log_offset:
    case MailForm::log_end:
      return std::nullopt;
    case MailForm::bounced:
    case MailForm::delayed: {
      // `Bounced: 12:0 From:` is of bounce logs; mail logs name the numbers.
      const char first = text[text.find(": ") + 2];
      return first >= '0' && first <= '9' ? LogKind::bounce : LogKind::mail;
    }
    default:
      return LogKind::mail;
  }
}

std::optional<LogKind> kind_of_text(std::string_view text) {
  for (const auto& [beginning, kind] : kBeginnings) {
    if (text.starts_with(beginning)) return kind;
  }
  if (text.starts_with("PID ")) return kind_of_process_line(text);
  if (text.starts_with("User ") && text.find("authenticat") != std::string_view::npos) {
    return LogKind::authentication;
  }
  return kind_of_mail_form(text);
}

}  // namespace

std::string_view name_of(LogKind kind) {
  return kKindNames.at(static_cast<std::size_t>(kind));
}

std::optional<LogKind> log_kind_named(std::string_view name) {
  for (std::size_t i = 0; i < kKindNames.size(); ++i) {
    if (kKindNames[i] == name) return static_cast<LogKind>(i);
  }
  return std::nullopt;
}

std::string_view why_refused(LogKind kind) {
  if (kind == LogKind::binary) {
    return "delivery and tracking logs are a binary format of the vendor's own";
  }
  if (kind == LogKind::archive) {
    return "archives are mailboxes of whole messages, which are private";
  }
  return {};
}

std::optional<LogKind> log_kind_of_name(std::string_view base_name) {
  constexpr std::string_view kSeparators = "._-";
  for (const auto& [name, kind] : kLogNames) {
    if (!equal_ignoring_case(base_name.substr(0, name.size()), name)) continue;
    const std::string_view rest = base_name.substr(name.size());
    if (rest.empty() || kSeparators.find(rest.front()) != std::string_view::npos) return kind;
  }
  return std::nullopt;
}

std::optional<LogKind> sniff_log_kind(std::string_view head) {
  constexpr int kMostLines = 64;
  if (is_binary(head)) return LogKind::binary;
  if (is_mailbox(head)) return LogKind::archive;
  bool status = false;
  for (int line = 0; line < kMostLines && !head.empty(); ++line) {
    const std::size_t end = head.find('\n');
    const auto header = read_line_header(head.substr(0, end));
    head.remove_prefix(end == std::string_view::npos ? head.size() : end + 1);
    if (!header) continue;
    if (const auto kind = kind_of_text(header->text)) return kind;
    status = status || header->text.starts_with("Status: ");
  }
  // Mail logs hold lines of status too, so these decide only where nothing else did.
  if (status) return LogKind::status;
  return std::nullopt;
}

KindChoice choose_log_kind(std::optional<LogKind> configured, std::string_view base_name,
                           std::string_view head) {
  const auto sniffed = sniff_log_kind(head);
  if (sniffed && !why_refused(*sniffed).empty()) return {*sniffed, KindEvidence::content};
  if (configured) return {*configured, KindEvidence::configuration};
  if (const auto named = log_kind_of_name(base_name)) return {*named, KindEvidence::base_name};
  if (sniffed) return {*sniffed, KindEvidence::content};
  return {};
}

}  // namespace cistern::connectors::cisco_secure_email
