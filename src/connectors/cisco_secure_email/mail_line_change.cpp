// Lines in which a message becomes another, goes to a quarantine or leaves it.
#include "connectors/cisco_secure_email/mail_line.hpp"
#include "connectors/cisco_secure_email/mail_line_scan.hpp"
#include "connectors/cisco_secure_email/mail_line_value.hpp"

namespace cistern::connectors::cisco_secure_email {
namespace {

/// `[MID ]n by AGENT [filter 'NAME']`
bool read_rewritten(LineScan scan, MailLine& line) {
  line.form = MailForm::rewritten;
  scan.take("MID ");
  if (!scan.number(line.other_mid)) return false;
  if (!scan.take(" by ")) return true;
  line.reason = scan.take_rest();
  line.name = filter_name(line.reason);
  return true;
}

/// `based on MID n by …`, `for bounce of MID n`
bool read_generated(LineScan scan, MailLine& line) {
  if (scan.number_after("for bounce of MID ", line.other_mid)) {
    line.form = MailForm::generated_bounce;
    return true;
  }
  line.form = MailForm::generated;
  if (!scan.number_after("based on MID ", line.other_mid)) return false;
  if (!scan.take(" by ")) return true;
  line.reason = scan.take_rest();
  line.name = filter_name(line.reason);
  return true;
}

/// `"Policy" (reason)`; several quarantines stand as `"A", "B"` and are given so, without the
/// outermost quotes.
bool read_quarantine_name(LineScan& scan, MailLine& line) {
  if (!scan.take("\"")) return false;
  if (!scan.until("\" ", line.name) && !scan.until_last("\"", line.name)) return false;
  return true;
}

/// `(reason) t=12`; the reason may hold brackets.
void read_quarantine_reason(std::string_view rest, MailLine& line) {
  constexpr std::string_view kTime = " t=";
  const std::size_t at = rest.rfind(kTime);
  if (at != std::string_view::npos) {
    LineScan seconds(rest.substr(at + kTime.size()));
    if (seconds.number(line.amount)) rest = rest.substr(0, at);
  }
  line.reason = without_parentheses(rest);
}

bool read_left_quarantine(LineScan scan, MailForm form, MailLine& line) {
  line.form = form;
  if (scan.take("from all quarantines")) return true;
  if (!scan.take("from quarantine ") || !read_quarantine_name(scan, line)) return false;
  read_quarantine_reason(scan.take_rest(), line);
  return true;
}

bool read_quarantined(LineScan scan, MailLine& line) {
  line.form = MailForm::quarantined;
  if (!scan.take("\"")) return false;
  if (!scan.until("\" (", line.name)) return scan.until_last("\"", line.name);
  line.reason = scan.take_rest();
  if (line.reason.ends_with(')')) line.reason.remove_suffix(1);
  return true;
}

bool read_new_reason(LineScan scan, MailLine& line) {
  line.form = MailForm::quarantine_reason;
  if (!read_quarantine_name(scan, line) || !scan.take("new reason ")) return false;
  line.reason = without_parentheses(scan.take_rest());
  return true;
}

/// `ldap: NAME query Q MID m RID r address a …`
bool read_ldap_query(LineScan scan, MailLine& line) {
  line.form = MailForm::ldap;
  if (!scan.until(" query ", line.verdict) || !scan.until(" MID ", line.name)) return false;
  if (!scan.number(line.mid)) return false;
  if (!scan.take(" RID ") || !scan.rids(line.rids)) {
    line.reason = scan.take_rest();
    return true;
  }
  if (scan.take(" address ")) line.address = scan.word();
  line.reason = scan.take_rest();
  return true;
}

}  // namespace

bool read_identity_text(LineScan scan, MailLine& line) {
  if (scan.take("rewritten to ")) return read_rewritten(scan, line);
  scan.take("was ");
  return scan.take("generated ") && read_generated(scan, line);
}

bool read_quarantine_text(LineScan scan, MailLine& line) {
  if (scan.rest() == "queued for delivery") {
    line.form = MailForm::queued;
    return true;
  }
  if (scan.take("quarantined to ")) return read_quarantined(scan, line);
  if (scan.take("quarantine ")) return read_new_reason(scan, line);
  if (scan.take("deleted ")) {
    return read_left_quarantine(scan, MailForm::quarantine_deleted, line);
  }
  if (!scan.take("released ")) return false;
  scan.take("(attachments stripped) ");
  return read_left_quarantine(scan, MailForm::quarantine_released, line);
}

bool read_ldap(LineScan scan, MailLine& line) {
  if (!scan.take("LDAP: ")) return false;
  if (!scan.number_after("unable to process, MID ", line.mid)) return read_ldap_query(scan, line);
  line.form = MailForm::ldap_requeued;
  scan.skip_blanks();
  line.reason = scan.take_rest();
  return true;
}

bool read_alias(LineScan scan, MailLine& line) {
  line.form = MailForm::alias;
  if (!scan.number_after("Alias match: MID ", line.mid)) return false;
  if (!scan.take(" RID ") || !scan.rids(line.rids) || !scan.take(" recipient ")) return false;
  if (!scan.until(" mapped to ", line.address)) return false;
  line.value = scan.take_rest();
  return true;
}

/// `EUQ:` (end user quarantine) in old releases, `ISQ:` in new ones.
bool read_spam_quarantine(LineScan scan, MailLine& line) {
  if (!scan.take("EUQ: ") && !scan.take("ISQ: ")) return false;
  if (scan.number_after("Tagging MID ", line.mid)) {
    line.form = MailForm::spam_tagged;
    return true;
  }
  if (scan.number_after("Quarantined MID ", line.mid)) {
    line.form = MailForm::spam_quarantined;
    return true;
  }
  line.form = MailForm::reinjected;
  return scan.number_after("Reinjected MID ", line.mid) &&
         scan.number_after(" as MID ", line.other_mid);
}

bool read_spam_delivery(LineScan scan, MailLine& line) {
  if (!scan.take("RPC ")) return false;
  if (scan.number_after("Delivery start RCID ", line.rcid)) {
    line.form = MailForm::spam_delivery_start;
  } else if (scan.number_after("Message done RCID ", line.rcid)) {
    line.form = MailForm::spam_delivery_done;
  } else if (scan.number_after("Message rejected RCID ", line.rcid)) {
    line.form = MailForm::spam_delivery_rejected;
  } else {
    return false;
  }
  if (!scan.number_after(" MID ", line.mid)) return false;
  if (scan.take(" to local ") || scan.take(" to ")) line.name = scan.take_rest();
  return true;
}

}  // namespace cistern::connectors::cisco_secure_email
