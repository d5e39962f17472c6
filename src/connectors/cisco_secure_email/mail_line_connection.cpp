// Lines about connections from outside, by ICID.
#include "connectors/cisco_secure_email/mail_line.hpp"
#include "connectors/cisco_secure_email/mail_line_scan.hpp"

namespace cistern::connectors::cisco_secure_email {
namespace {

/// `NAME (ip) DELIMITER`, or without the address on old releases.
bool read_interface(LineScan& scan, std::string_view delimiter, MailLine& line) {
  if (!scan.until(delimiter, line.name)) return false;
  const std::size_t open = line.name.rfind(" (");
  if (open == std::string_view::npos || !line.name.ends_with(')')) return true;
  line.local_ip = line.name.substr(open + 2, line.name.size() - open - 3);
  line.name = line.name.substr(0, open);
  return true;
}

/// `ACCEPT SG UNKNOWNLIST match sbrs[-1.0:10.0] SBRS 3.5 country United States`; the policy's name
/// may be the customer's own, the words before the score differ by release.
bool read_sender_group(LineScan scan, MailLine& line) {
  line.form = MailForm::connection_policy;
  line.verdict = scan.word();
  if (line.verdict.empty() || !scan.take("SG ")) return false;
  if (!scan.until(" match ", line.name)) {
    line.name = scan.take_rest();
    return true;
  }
  for (const std::string_view words : {" SBRS ", " IP reputation ", " IP Reputation "}) {
    if (!scan.take(words.substr(1)) && !scan.until_last(words, line.match)) continue;
    if (!scan.until(" country ", line.score)) {
      line.score = scan.take_rest();
      return true;
    }
    line.country = scan.take_rest();
    return true;
  }
  line.match = scan.take_rest();
  return true;
}

bool read_sender_verification(LineScan scan, MailLine& line) {
  line.form = MailForm::sender_verification;
  if (!scan.angled(line.address) || !scan.take(" sender ")) return false;
  if (!scan.until(", ", line.verdict)) line.verdict = scan.word();
  line.reason = scan.take_rest();
  return true;
}

bool read_lost(LineScan scan, MailLine& line) {
  line.form = MailForm::connection_lost;
  if (scan.take("lost") && scan.done()) return true;
  if (!scan.take("Connection from ")) return false;
  line.ip = scan.word();
  if (!scan.take("on interface ") || !read_interface(scan, " lost after ", line)) return false;
  scan.number(line.amount);
  scan.take(" seconds ");
  line.reason = scan.take_rest();
  return true;
}

bool read_address_text(LineScan scan, MailForm form, MailLine& line) {
  line.form = form;
  if (!scan.angled(line.address)) line.address = scan.take_rest();
  line.reason = scan.take_rest();
  return true;
}

bool read_timed_out(LineScan scan, MailLine& line) {
  line.form = MailForm::connection_timed_out;
  if (!scan.until(", ", line.ip)) return false;
  line.reason = scan.take_rest();
  return true;
}

bool read_bad_command(LineScan scan, MailLine& line) {
  line.form = MailForm::bad_command;
  line.reason = scan.take_rest();
  return true;
}

}  // namespace

bool read_tls(LineScan scan, MailLine& line) {
  if (scan.take("success")) {
    line.verdict = "success";
    scan.skip_blanks();
    if (scan.take("protocol ")) line.protocol = scan.word();
    if (scan.take("cipher ")) line.cipher = scan.word();
    line.reason = scan.take_rest();
    return true;
  }
  if (scan.take("failed")) {
    line.verdict = "failed";
    scan.take(":");
    scan.skip_blanks();
    line.reason = scan.take_rest();
    return true;
  }
  if (!scan.rest().starts_with("was required")) return false;
  line.verdict = "required";
  line.reason = scan.take_rest();
  return true;
}

bool read_icid_text(LineScan scan, MailLine& line) {
  if (scan.rest() == "close") {
    line.form = MailForm::connection_close;
    return true;
  }
  if (scan.take("TLS ")) {
    line.form = MailForm::connection_tls;
    return read_tls(scan, line);
  }
  if (scan.number_after("MID ", line.mid)) {
    return scan.take(" Invalid recipient address: ") &&
           read_address_text(scan, MailForm::invalid_recipient, line);
  }
  if (scan.take("Address: ")) return read_sender_verification(scan, line);
  if (scan.take("Invalid sender address: ")) {
    return read_address_text(scan, MailForm::invalid_sender, line);
  }
  if (scan.take("Receiving Failed: ")) {
    line.form = MailForm::receiving_failed;
    line.reason = scan.take_rest();
    return true;
  }
  if (scan.rest().starts_with("Unknown command: ") ||
      scan.rest().starts_with("Bad syntax for command: ")) {
    return read_bad_command(scan, line);
  }
  if (scan.take("disconnected address ")) return read_timed_out(scan, line);
  if (scan.front() == 'l' || scan.rest().starts_with("Connection from ")) {
    return read_lost(scan, line);
  }
  return read_sender_group(scan, line);
}

bool read_incoming_connection(LineScan scan, MailLine& line) {
  if (!scan.number_after("New SMTP ICID ", line.icid)) return false;
  line.form = MailForm::connection_start;
  if (!scan.take(" interface ") || !read_interface(scan, " address ", line)) return false;
  line.ip = scan.word();
  if (!scan.take("reverse dns host ")) return true;
  if (!scan.until_last(" verified ", line.host)) {
    line.host = scan.take_rest();
    return true;
  }
  line.verdict = scan.take_rest();
  return true;
}

/// The user's name comes from the peer: what follows it is searched from the end.
bool read_smtp_auth(LineScan scan, MailLine& line) {
  if (scan.number_after("SMTP server connection killed ICID: ", line.icid)) {
    line.form = MailForm::connection_lost;
    return true;
  }
  line.form = MailForm::authentication;
  if (!scan.number_after("SMTP Auth (ICID ", line.icid) &&
      !scan.number_after("SMTP Auth: (ICID ", line.icid)) {
    return false;
  }
  if (!scan.take(") ") || !scan.until(" for user: ", line.verdict)) return false;
  if (!scan.until_last(" using AUTH mechanism: ", line.user)) {
    line.user = scan.take_rest();
    return true;
  }
  if (!scan.until(" with profile: ", line.protocol)) {
    line.protocol = scan.take_rest();
    return true;
  }
  line.name = scan.take_rest();
  return true;
}

}  // namespace cistern::connectors::cisco_secure_email
