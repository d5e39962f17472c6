// Lines about the scanning of a message: policies, engines, URLs.
#include "connectors/cisco_secure_email/mail_line.hpp"
#include "connectors/cisco_secure_email/mail_line_scan.hpp"
#include "connectors/cisco_secure_email/mail_line_value.hpp"

namespace cistern::connectors::cisco_secure_email {
namespace {

/// `CASE spam negative`, `SPF Verdict Cache using cached verdict`
bool read_engine(LineScan scan, MailForm form, MailLine& line) {
  constexpr std::string_view kCache = "SPF Verdict Cache";
  line.form = form;
  if (scan.rest().starts_with(kCache)) {
    line.engine = scan.rest().substr(0, kCache.size());
    scan.take(kCache);
    scan.skip_blanks();
  } else {
    line.engine = scan.word();
  }
  line.verdict = scan.take_rest();
  return true;
}

/// `positive 'W32/Example' (released from Outbreak)`
bool read_antivirus(LineScan scan, MailLine& line) {
  line.form = MailForm::antivirus;
  line.verdict = scan.word();
  if (scan.front() == '\'' || scan.front() == '"') {
    line.value = first_quoted(scan.rest());
    scan.take(line.value);
    scan.skip_blanks();
  }
  line.reason = without_parentheses(scan.take_rest());
  return true;
}

/// `verdict : SKIPPED (no attachment in message)`, with or without the blank before the stop.
bool read_file_reputation(LineScan scan, MailLine& line) {
  line.form = MailForm::file_reputation;
  scan.skip_blanks();
  if (!scan.take(":")) return false;
  scan.skip_blanks();
  if (!scan.until(" (", line.verdict)) {
    line.verdict = scan.take_rest();
    return true;
  }
  line.reason = scan.take_rest();
  if (line.reason.ends_with(')')) line.reason.remove_suffix(1);
  return true;
}

/// `Severity: HIGH (Risk Factor: 98). DLP policy match: 'PCI'.`
bool read_dlp_violation(LineScan scan, MailLine& line) {
  line.form = MailForm::dlp_violation;
  scan.skip_blanks();
  if (!scan.take("Severity: ")) return true;
  line.verdict = scan.word();
  scan.number_after("(Risk Factor: ", line.amount);
  if (scan.take("). DLP policy match: ")) line.name = first_quoted(scan.rest());
  return true;
}

bool read_url(LineScan scan, MailLine& line) {
  if (scan.front() == '\'' || scan.front() == '"') {
    line.value = first_quoted(scan.rest());
    scan.take(line.value);
    scan.skip_blanks();
  } else {
    line.value = scan.word();
  }
  if (scan.take("has reputation ")) {
    line.form = MailForm::url_reputation;
    line.score = scan.word();
  } else if (scan.take("has category ")) {
    line.form = MailForm::url_category;
    if (!scan.until(" matched ", line.name)) line.name = scan.take_rest();
    return true;
  } else if (scan.rest().starts_with("rewritten")) {
    line.form = MailForm::url_rewritten;
  } else {
    return false;
  }
  line.reason = scan.take_rest();
  return true;
}

/// `(n/max) for scanning by ENGINE`
bool read_too_big(LineScan scan, MailLine& line) {
  line.form = MailForm::too_big;
  if (!scan.take("(") || !scan.number(line.amount)) return false;
  if (scan.take("/") && !scan.until(")", line.reason)) return false;
  if (scan.take(" for scanning by ")) line.engine = scan.take_rest();
  return true;
}

bool read_split(LineScan scan, MailLine& line) {
  line.form = MailForm::split;
  if (!scan.number(line.other_mid)) return false;
  if (scan.take(" due to a per-recipient policy ")) read_policy(scan.take_rest(), line);
  return true;
}

bool read_policy_action(LineScan scan, MailLine& line) {
  line.form = MailForm::policy_action;
  line.verdict = scan.word();
  if ((line.verdict != "dropped" && line.verdict != "bounced") || !scan.take("by policy ")) {
    return false;
  }
  read_policy(scan.take_rest(), line);
  return true;
}

bool read_unsubscribe(LineScan scan, MailLine& line) {
  line.form = MailForm::unsubscribe;
  if (!scan.until(" RID ", line.match) || !scan.rids(line.rids)) return false;
  if (!scan.take(" Address ")) return true;
  if (!scan.until_last(" Action ", line.address)) line.address = scan.take_rest();
  line.verdict = scan.take_rest();
  return true;
}

}  // namespace

bool read_engine_text(LineScan scan, MailLine& line) {
  if (scan.take("using engine: ")) return read_engine(scan, MailForm::engine_verdict, line);
  if (scan.take("interim verdict using engine: ")) {
    return read_engine(scan, MailForm::interim_engine_verdict, line);
  }
  if (scan.take("interim AV verdict using ")) {
    return read_engine(scan, MailForm::interim_antivirus, line);
  }
  if (scan.take("antivirus ")) return read_antivirus(scan, line);
  if (scan.take("AMP file reputation verdict")) return read_file_reputation(scan, line);
  if (scan.take("Outbreak Filters: verdict ")) {
    line.form = MailForm::outbreak;
    line.verdict = scan.take_rest();
    return true;
  }
  if (scan.take("Virus Threat Level=")) {
    line.form = MailForm::threat_level;
    return scan.number(line.amount);
  }
  if (scan.take("DLP violation.")) return read_dlp_violation(scan, line);
  if (!scan.take("DLP no violation")) return false;
  line.form = MailForm::dlp_no_violation;
  return true;
}

bool read_policy_text(LineScan scan, MailLine& line) {
  if (scan.take("matched all recipients for per-recipient policy ")) {
    line.form = MailForm::policy_match;
    read_policy(scan.take_rest(), line);
    return true;
  }
  if (scan.take("URL ")) return read_url(scan, line);
  if (scan.take("Custom Log Entry: ")) {
    line.form = MailForm::custom_entry;
    line.value = scan.take_rest();
    return true;
  }
  if (scan.take("was split creating MID ")) return read_split(scan, line);
  if (scan.take("could not be split")) {
    line.form = MailForm::split_failed;
    scan.skip_blanks();
    line.reason = scan.take_rest();
    return true;
  }
  if (scan.take("was too big ")) return read_too_big(scan, line);
  if (scan.take("Global unsubscribe matched entry ")) return read_unsubscribe(scan, line);
  return scan.take("was ") && read_policy_action(scan, line);
}

bool read_message_text(LineScan scan, MailLine& line) {
  switch (scan.front()) {
    case 'i':  // interim
    case 'O':  // Outbreak
    case 'V':  // Virus
    case 'u':  // using
    case 'A':  // AMP
      return read_engine_text(scan, line);
    case 'a':  // antivirus, attachment
      return read_engine_text(scan, line) || read_envelope_text(scan, line);
    case 'D':  // DLP, DKIM, DMARC
      return read_sender_check(scan, line) || read_engine_text(scan, line);
    case 'S':  // SPF, SDR, Subject
      return read_sender_check(scan, line) || read_envelope_text(scan, line);
    case 'm':  // matched, masquerading
      return read_policy_text(scan, line) || read_envelope_text(scan, line);
    case 'M':
    case 'I':
    case 'F':
      return read_envelope_text(scan, line);
    case 'U':
    case 'C':
    case 'c':
    case 'G':
      return read_policy_text(scan, line);
    case 'w':  // was split, was generated
      return read_identity_text(scan, line) || read_policy_text(scan, line);
    case 'g':
      return read_identity_text(scan, line);
    case 'r':  // ready, rewritten, released
      return read_envelope_text(scan, line) || read_identity_text(scan, line) ||
             read_quarantine_text(scan, line);
    case 'q':
    case 'd':
      return read_quarantine_text(scan, line);
    case 'R':
    case 't':
      return read_response_text(scan, line);
    default:
      return false;
  }
}

}  // namespace cistern::connectors::cisco_secure_email
