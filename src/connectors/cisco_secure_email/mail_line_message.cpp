// Lines about a message that comes in: envelope, headers, size.
#include "connectors/cisco_secure_email/mail_line.hpp"
#include "connectors/cisco_secure_email/mail_line_scan.hpp"

namespace cistern::connectors::cisco_secure_email {
namespace {

bool take_value(LineScan scan, MailForm form, MailLine& line) {
  line.form = form;
  line.value = scan.take_rest();
  return true;
}

/// `IncomingRelay(NAME): Header H found, IP i being used, SBRS s`
bool read_incoming_relay(LineScan scan, MailLine& line) {
  line.form = MailForm::incoming_relay;
  if (!scan.until("): ", line.name)) return false;
  if (!scan.take("Header ") || !scan.until(" found, IP ", line.match)) {
    line.reason = scan.take_rest();
    return true;
  }
  line.ip = scan.word();
  if (scan.take("being used, SBRS ")) line.score = scan.take_rest();
  return true;
}

/// `envelope sender from Q to Q`, `header Q from Q to Q`
bool read_masquerade(LineScan scan, MailLine& line) {
  if (scan.take("envelope sender from ")) {
    line.form = MailForm::masquerade_sender;
  } else if (scan.take("header ") && scan.literal_until(" from ", line.match)) {
    line.form = MailForm::masquerade_header;
  } else {
    return false;
  }
  if (!scan.literal_until(" to ", line.value)) return false;
  line.other_value = scan.take_rest();
  return true;
}

/// `<a> To: <b>[, ... n total recipients]`: mail of the appliance's own.
bool read_system_mail(LineScan scan, MailLine& line) {
  line.form = MailForm::system_mail;
  if (!scan.angled(line.address) || !scan.take(" To: ") || !scan.angled(line.other_address)) {
    return false;
  }
  scan.take(",");
  scan.skip_blanks();
  scan.take("... ");
  scan.number(line.amount);
  return true;
}

bool read_ready(LineScan scan, MailLine& line) {
  line.form = MailForm::ready;
  if (!scan.number(line.amount)) return false;
  return !scan.take(" bytes from ") || scan.angled(line.address);
}

bool read_rejected(LineScan scan, MailLine& line) {
  line.form = MailForm::recipient_rejected;
  if (!scan.angled(line.address) || !scan.take(" Rejected by ")) return false;
  line.name = scan.take_rest();
  return true;
}

bool read_invalid_bounce(LineScan scan, MailLine& line) {
  line.form = MailForm::invalid_bounce;
  if (scan.take("rcpt address ")) scan.angled(line.address);
  scan.skip_blanks();
  line.reason = scan.take_rest();
  return true;
}

bool read_recipient(LineScan scan, MailLine& line) {
  line.form = MailForm::recipient;
  if (!scan.take("RID ") || !scan.rids(line.rids) || !scan.take(" To: ")) return false;
  return scan.angled(line.address);
}

}  // namespace

bool read_receiving(LineScan scan, MailLine& line) {
  if (scan.take("From: ")) {
    line.form = MailForm::sender;
    return scan.angled(line.address);
  }
  if (scan.front() == 'R') return read_recipient(scan, line);
  if (scan.take("To: ")) return read_rejected(scan, line);
  if (scan.take("invalid bounce, ")) return read_invalid_bounce(scan, line);
  return false;
}

bool read_envelope_text(LineScan scan, MailLine& line) {
  if (scan.take("Message-ID ")) return take_value(scan, MailForm::message_id, line);
  if (scan.take("Subject ")) return take_value(scan, MailForm::subject, line);
  if (scan.take("ready ")) return read_ready(scan, line);
  if (scan.take("attachment types ")) return take_value(scan, MailForm::attachment_types, line);
  if (scan.take("attachment ")) return take_value(scan, MailForm::attachment, line);
  if (scan.take("IncomingRelay(")) return read_incoming_relay(scan, line);
  if (scan.take("masquerading ")) return read_masquerade(scan, line);
  if (scan.take("From: ")) return read_system_mail(scan, line);
  return false;
}

}  // namespace cistern::connectors::cisco_secure_email
