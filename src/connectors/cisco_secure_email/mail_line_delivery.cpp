// Lines about delivery, by DCID, and the end of a message.
#include "connectors/cisco_secure_email/mail_line.hpp"
#include "connectors/cisco_secure_email/mail_line_scan.hpp"
#include "connectors/cisco_secure_email/mail_line_value.hpp"

namespace cistern::connectors::cisco_secure_email {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// `5.1.0 - ` at the beginning (RFC 3463); consumed.
bool take_status_code(LineScan& scan, std::string_view& code) {
  const std::string_view text = scan.rest();
  if (text.size() < 5 || !is_digit(text[0]) || text[1] != '.') return false;
  std::size_t at = 2;
  int stops = 1;
  while (at < text.size() && (is_digit(text[at]) || text[at] == '.')) {
    if (text[at] == '.') ++stops;
    ++at;
  }
  if (stops != 2 || !text.substr(at).starts_with(" - ")) return false;
  code = text.substr(0, at);
  scan.take(text.substr(0, at + 3));
  return true;
}

/// `5.1.0 - Unknown address error ('550', ['5.1.1 User unknown']) []`: the other server's words
/// begin at the bracket, and nothing behind it is AsyncOS's own but the last `[]`.
bool read_status_text(LineScan scan, MailLine& line) {
  scan.take("Bounced by destination server with response: ");
  take_status_code(scan, line.code);
  if (!scan.until(" ('", line.reason)) {
    line.reason = scan.take_rest();
    return true;
  }
  const std::string_view rest = scan.take_rest();
  line.value = {rest.data() - 2, rest.size() + 2};  // With the bracket and the quote.
  const std::size_t end = line.value.rfind(')');
  if (end != std::string_view::npos) line.value = line.value.substr(0, end + 1);
  return true;
}

/// The form of bounce logs: `{mid}:{rid} From:<a> To:<a> Reason: "5.1.0 - text" Response: "…"`.
bool read_bounce_log(LineScan scan, MailLine& line) {
  if (!scan.number(line.mid) || !scan.take(":") || !scan.rids(line.rids)) return false;
  if (scan.take(" From:")) scan.angled(line.other_address);
  if (scan.take(" To:")) scan.angled(line.address);
  if (!scan.take(" Reason: ")) return true;
  std::string_view quoted;
  if (!scan.literal_until(" Response: ", quoted)) {
    line.reason = scan.take_rest();
    return true;
  }
  if (quoted.size() >= 2 && quoted.front() == '"' && quoted.back() == '"') {
    quoted = quoted.substr(1, quoted.size() - 2);
  }
  LineScan reason(quoted);
  take_status_code(reason, line.code);
  line.reason = reason.take_rest();
  line.value =
      scan.front() == '"' || scan.front() == '\'' ? first_quoted(scan.rest()) : scan.take_rest();
  if (line.value.size() >= 2 && line.value.front() == '"' && line.value.back() == '"') {
    line.value = line.value.substr(1, line.value.size() - 2);
  }
  return true;
}

/// `to RID r - `, or `From:<a> To:<a> RID r - ` of newer releases.
bool read_bounce_recipient(LineScan& scan, MailLine& line) {
  if (!scan.take(" to RID ")) {
    if (scan.take(" From:") && !scan.angled(line.other_address)) return false;
    if (scan.take(" To:") && !scan.angled(line.address)) return false;
    if (!scan.take(" RID ")) return false;
  }
  return scan.rids(line.rids) && scan.take(" - ");
}

std::string_view abort_verdict(std::string_view text) {
  if (text.starts_with("Receiving aborted")) return "receiving";
  if (text.starts_with("Injection aborted")) return "injection";
  if (text.starts_with("Dropped by ")) return "dropped";
  if (text.starts_with("Bounced by ")) return "bounced";
  return "other";
}

/// `Dropped by content filter 'BlockExe' in the inbound table`, `Dropped by antivirus`
void read_abort(std::string_view text, MailLine& line) {
  constexpr std::string_view kBy = "ed by ";
  line.reason = text;
  line.verdict = abort_verdict(text);
  line.name = filter_name(text);
  const std::size_t by = text.find(kBy);
  if (line.name.empty() && line.verdict != "receiving" && by != std::string_view::npos) {
    line.name = text.substr(by + kBy.size());
  }
  MailLine table;
  read_policy(text, table);
  line.direction = table.direction;
}

}  // namespace

bool read_dcid_text(LineScan scan, MailLine& line) {
  if (scan.rest() == "close") {
    line.form = MailForm::delivery_close;
    return true;
  }
  if (scan.take("TLS ")) {
    line.form = MailForm::delivery_tls;
    return read_tls(scan, line);
  }
  if (scan.take("IP ")) {
    line.form = MailForm::delivery_tls;
    line.ip = scan.word();
    return scan.take("TLS ") && read_tls(scan, line);
  }
  if (!scan.take("DANE ")) return false;
  line.form = MailForm::delivery_dane;
  line.reason = scan.take_rest();
  return true;
}

bool read_outgoing_connection(LineScan scan, MailLine& line) {
  if (!scan.number_after("New SMTP DCID ", line.dcid)) return false;
  line.form = MailForm::delivery_connection;
  if (!scan.take(" interface ") || !scan.until(" address ", line.local_ip)) return false;
  line.ip = scan.word();
  if (scan.take("port ")) line.port = scan.word();
  return true;
}

bool read_delivery_start(LineScan scan, MailLine& line) {
  line.form = MailForm::delivery_start;
  return scan.number_after("Delivery start DCID ", line.dcid) &&
         scan.number_after(" MID ", line.mid) && scan.take(" to RID ") && scan.rids(line.rids);
}

bool read_message_end(LineScan scan, MailLine& line) {
  if (scan.number_after("Message finished MID ", line.mid)) {
    line.form = MailForm::finished;
    scan.skip_blanks();
    line.verdict = scan.take_rest();
    return true;
  }
  if (scan.number_after("Message aborted MID ", line.mid)) {
    line.form = MailForm::aborted;
    scan.skip_blanks();
    read_abort(scan.take_rest(), line);
    return true;
  }
  line.form = MailForm::delivery_done;
  if (!scan.number_after("Message done DCID ", line.dcid) ||
      !scan.number_after(" MID ", line.mid) || !scan.take(" to RID ") || !scan.rids(line.rids)) {
    return false;
  }
  scan.skip_blanks();
  line.value = scan.take_rest();
  return true;
}

bool read_bounce(LineScan scan, MailLine& line) {
  if (scan.take("Bounced: ")) {
    line.form = MailForm::bounced;
  } else if (scan.take("Delayed: ")) {
    line.form = MailForm::delayed;
  } else if (scan.take("Double bounce: ") || scan.take("Double Bounce: ")) {
    line.form = MailForm::double_bounce;
  } else {
    return false;
  }
  if (is_digit(scan.front())) return read_bounce_log(scan, line);
  if (scan.number_after("DCID ", line.dcid)) scan.take(" ");
  if (!scan.number_after("MID ", line.mid)) return false;
  return read_bounce_recipient(scan, line) && read_status_text(scan, line);
}

bool read_recipients_gone(LineScan scan, MailLine& line) {
  if (scan.take("Deleted: ")) {
    line.form = MailForm::recipients_deleted;
  } else if (scan.number_after("Possible Delivery: DCID: ", line.dcid) ||
             scan.number_after("Possible Delivery: DCID ", line.dcid)) {
    line.form = MailForm::possible_delivery;
    scan.take(" ");
  } else {
    return false;
  }
  if (!scan.number_after("MID ", line.mid) || !scan.take(" to ")) return false;
  scan.take("RID ");
  return scan.rids(line.rids);
}

/// `[text ]DCID[:] d [domain: h] IP: i [port: n] details: t interface: i reason: t`; the details
/// are the other server's words, so what follows them is searched from the end.
bool read_connection_error(LineScan scan, MailLine& line) {
  if (!scan.take("Connection Error: ")) return false;
  line.form = MailForm::connection_error;
  if (!scan.take("DCID") && !scan.until(" DCID", line.reason)) return false;
  scan.take(":");
  scan.skip_blanks();
  if (!scan.number(line.dcid)) return false;
  scan.skip_blanks();
  if (scan.take("domain: ")) line.host = scan.word();
  if (scan.take("IP: ")) line.ip = scan.word();
  if (scan.take("port: ")) line.port = scan.word();
  if (!scan.take("details: ")) return true;
  if (!scan.until_last(" interface: ", line.value)) {
    line.value = scan.take_rest();
    return true;
  }
  line.local_ip = scan.word();
  if (scan.take("reason: ")) line.reason = scan.take_rest();
  return true;
}

bool read_response_text(LineScan scan, MailLine& line) {
  if (scan.take("RID ")) {
    line.form = MailForm::response;
    if (!scan.rids(line.rids) || !scan.take(" Response ")) return false;
    line.value = scan.take_rest();
    return true;
  }
  if (!scan.take("to RID ")) return false;
  line.form = MailForm::pending;
  if (!scan.rids(line.rids) || !scan.take(" pending till ")) return false;
  if (!scan.until(" [", line.value)) {
    line.value = scan.take_rest();
    return true;
  }
  line.reason = scan.take_rest();
  if (line.reason.ends_with(']')) line.reason.remove_suffix(1);
  return true;
}

}  // namespace cistern::connectors::cisco_secure_email
