// The text of one line of a text mail log (behind its header, mail_line_header.hpp): which form it
// has, and its fields as views.
//
// Much of a line is written by strangers: subjects, addresses, replies of other servers. Numbers of
// messages and connections are therefore taken only from the places where AsyncOS itself writes
// them, counted from the beginning of the line; `MID 5` anywhere else is text.
#pragma once

#include <cstdint>
#include <string_view>

namespace cistern::connectors::cisco_secure_email {

/// The closed set of forms. Behind each: the fields it sets besides the numbers in its name.
enum class MailForm : std::uint8_t {
  other,          ///< None of the forms, and no number at a trusted place. reason = text
  message_other,  ///< `MID n …`, `ICID`/`DCID` too where they stand. reason
  icid_other,     ///< `ICID n …`. reason
  dcid_other,     ///< `DCID n …`. reason

  // The file itself.
  log_begin,    ///< `Begin Logfile`
  log_version,  ///< name = AsyncOS version, value = serial number
  log_offset,   ///< offset_seconds
  log_end,      ///< `End Logfile`
  status,       ///< `Status: …` reason; holds `CrtMID`, which is no MID

  // A connection from outside, by ICID.
  connection_start,     ///< name = listener, local_ip, ip, host, verdict = yes|no (verified)
  connection_policy,    ///< verdict = ACCEPT|REJECT|…, name = sender group, match, score, country
  connection_tls,       ///< verdict = success|failed|required, protocol, cipher, reason
  authentication,       ///< verdict = succeeded|failed, user, protocol = mechanism, name = profile
  sender_verification,  ///< address, verdict = rejected|allowed, reason
  invalid_sender,       ///< address (may be junk)
  invalid_recipient,    ///< address (may be junk); icid and mid
  receiving_failed,     ///< reason
  bad_command,          ///< reason
  connection_timed_out,  ///< ip, reason
  connection_lost,       ///< ip, name = listener, local_ip, amount = seconds, reason; or nothing
  connection_close,      ///< End of the connection; its messages usually still live.

  // A message comes in, by MID and ICID.
  message_start,       ///< reason = note, as `ISQ Notification`
  sender,              ///< address; empty for a bounce
  recipient,           ///< rids, address
  recipient_rejected,  ///< address, name = RAT|LDAPACCEPT|…
  invalid_bounce,      ///< address, reason
  message_id,          ///< value
  subject,             ///< value
  ready,               ///< amount = bytes, address
  attachment,          ///< value
  attachment_types,    ///< value
  incoming_relay,      ///< name = relay, match = header, ip, score; reason where nothing was found
  masquerade_sender,   ///< value = from, other_value = to
  masquerade_header,   ///< match = header, value = from, other_value = to
  system_mail,         ///< address = from, other_address = to, amount = total recipients
  alias,               ///< rids, address, value = what it was mapped to

  // Scanning and policy, by MID.
  policy_match,            ///< name = policy, direction
  split,                   ///< other_mid = child, name = policy, direction
  split_failed,            ///< reason
  interim_engine_verdict,  ///< engine, verdict
  engine_verdict,          ///< engine, verdict: anti-spam, graymail
  interim_antivirus,       ///< engine, verdict
  antivirus,               ///< verdict, value = virus, reason
  file_reputation,         ///< verdict, reason
  outbreak,                ///< verdict
  threat_level,            ///< amount
  url_rewritten,           ///< value = URL, reason
  url_reputation,          ///< value = URL, score, reason
  url_category,            ///< value = URL, name = category, reason
  dlp_violation,           ///< verdict = severity, amount = risk factor, name = policy
  dlp_no_violation,
  spf,           ///< match = mailfrom|helo|pra, address = identity, verdict, reason
  dkim,          ///< verdict = pass|permfail|…, reason, host = d=, name = s=, address = i=
  dkim_signing,  ///< name = profile, address
  dmarc,         ///< verdict = pass|fail|skipped, host = domain, reason
  sender_domain_request,     ///< reason = the list of domains
  sender_domain_reputation,  ///< verdict = threat level, match = category, reason
  sender_domain_tracker,     ///< value
  sender_domain_other,       ///< reason
  custom_entry,              ///< value
  too_big,                   ///< amount = bytes, engine, reason = most
  ldap,                      ///< verdict = Accepted|Bounce|…, name = query, rids, address, reason
  ldap_requeued,             ///< reason
  unsubscribe,               ///< match = entry, rids, address, verdict = action

  // A message becomes another: mid is the line's own subject, other_mid its counterpart.
  rewritten,         ///< mid ends, other_mid continues it; reason = by whom, name = filter
  generated,         ///< mid is a copy made of other_mid; reason = by whom, name = filter
  generated_bounce,  ///< mid reports that other_mid bounced
  reinjected,        ///< mid left the spam quarantine as other_mid

  // Quarantine, by MID.
  spam_tagged,             ///< `EUQ: Tagging MID n for quarantine`
  spam_delivery_start,     ///< rcid, name = quarantine
  spam_delivery_done,      ///< rcid
  spam_delivery_rejected,  ///< rcid
  spam_quarantined,        ///< `EUQ: Quarantined MID n`
  quarantined,             ///< name = quarantine, as it stands for several; reason
  quarantine_reason,       ///< name, reason
  quarantine_released,     ///< name, or empty for all; reason, amount = seconds it lay there
  quarantine_deleted,      ///< name, or empty for all; reason, amount

  // Delivery, by MID and DCID.
  queued,               ///< Scanning is over.
  delivery_connection,  ///< dcid, local_ip, ip, port
  delivery_tls,         ///< dcid, verdict = success|failed|required, protocol, cipher, ip, reason
  delivery_dane,        ///< dcid, reason
  delivery_start,       ///< rids
  delivery_done,        ///< rids, value = list of logged headers
  response,             ///< rids, value
  bounced,              ///< rids, code, reason, value = reply, address, other_address = sender
  delayed,              ///< as bounced
  pending,              ///< rids, value = until, reason
  double_bounce,        ///< as bounced
  recipients_deleted,   ///< rids
  possible_delivery,    ///< rids
  connection_error,     ///< dcid, ip, host, port, local_ip, reason
  delivery_close,       ///< dcid
  aborted,              ///< verdict = receiving|dropped|bounced|injection|other, name, direction,
                        ///< reason = all of it
  policy_action,        ///< verdict = dropped|bounced, name = policy, direction
  finished,             ///< verdict = done|aborted: the last line of a message
};

/// The form's name as event.action has it: `message_start`.
std::string_view name_of(MailForm form);

/// What a number is that the line does not hold. 0 is a number: ICID 0 is no connection.
inline constexpr std::uint64_t kNoNumber = UINT64_MAX;

/// A line taken apart. The views point into its text; values that AsyncOS quotes are views of the
/// quoted form, and decode_quoted() (mail_line_value.hpp) gives what they mean.
struct MailLine {
  MailForm form = MailForm::other;
  std::uint64_t mid = kNoNumber;
  std::uint64_t other_mid = kNoNumber;
  std::uint64_t icid = kNoNumber;
  std::uint64_t dcid = kNoNumber;
  std::uint64_t rcid = kNoNumber;
  std::uint64_t amount = kNoNumber;
  std::int64_t offset_seconds = 0;  ///< log_offset: UTC = local time minus this.
  std::string_view rids;            ///< `0`, or `0, 1` of a list; see RidCursor.
  std::string_view address;         ///< Without angle brackets.
  std::string_view other_address;
  std::string_view ip;        ///< The peer's.
  std::string_view local_ip;  ///< The appliance's.
  std::string_view port;
  std::string_view host;
  std::string_view name;
  std::string_view match;
  std::string_view verdict;
  std::string_view engine;
  std::string_view score;
  std::string_view country;
  std::string_view protocol;
  std::string_view cipher;
  std::string_view user;
  std::string_view direction;  ///< inbound or outbound, from the policy table's name.
  std::string_view code;       ///< Enhanced status code, as 5.1.0.
  std::string_view value;
  std::string_view other_value;
  std::string_view reason;
};

/// Takes the text apart. Never fails, allocates nothing, and looks at each byte a bounded number of
/// times, whatever the text holds.
MailLine read_mail_line(std::string_view text);

/// Walks a list of recipient numbers.
class RidCursor {
 public:
  explicit RidCursor(std::string_view rids) : rest_(rids) {}
  /// False at the end; what is no number is passed over.
  bool next(std::uint64_t& rid);

 private:
  std::string_view rest_;
};

}  // namespace cistern::connectors::cisco_secure_email
