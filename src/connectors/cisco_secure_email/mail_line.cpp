#include "connectors/cisco_secure_email/mail_line.hpp"

#include "connectors/cisco_secure_email/mail_line_scan.hpp"

#include <charconv>

namespace cistern::connectors::cisco_secure_email {
namespace {

MailLine unknown(std::string_view text) {
  MailLine line;
  line.reason = text;
  return line;
}

/// `MID n …`. The number is AsyncOS's own here, whatever the rest holds.
bool read_message(LineScan scan, MailLine& line) {
  if (!scan.number_after("MID ", line.mid)) return false;
  MailLine numbers;
  numbers.mid = line.mid;
  scan.take(" ");
  LineScan behind = scan;
  bool read = false;
  if (scan.number_after("ICID ", numbers.icid)) {
    scan.take(" ");
    behind = scan;
    line.icid = numbers.icid;
    read = read_receiving(scan, line);
  } else {
    read = read_message_text(scan, line);
  }
  if (!read) {
    line = numbers;
    line.form = MailForm::message_other;
    line.reason = behind.rest();
  }
  return true;
}

bool read_connection(LineScan scan, MailLine& line) {
  if (!scan.number_after("ICID ", line.icid)) return false;
  const std::uint64_t icid = line.icid;
  scan.take(" ");
  const LineScan behind = scan;
  if (read_icid_text(scan, line)) return true;
  line = unknown(behind.rest());
  line.form = MailForm::icid_other;
  line.icid = icid;
  return true;
}

bool read_delivery(LineScan scan, MailLine& line) {
  if (!scan.number_after("DCID ", line.dcid)) return false;
  const std::uint64_t dcid = line.dcid;
  scan.take(" ");
  const LineScan behind = scan;
  if (read_dcid_text(scan, line)) return true;
  line = unknown(behind.rest());
  line.form = MailForm::dcid_other;
  line.dcid = dcid;
  return true;
}

bool read_start(LineScan scan, MailLine& line) {
  line.form = MailForm::message_start;
  if (!scan.number_after("Start MID ", line.mid) || !scan.number_after(" ICID ", line.icid)) {
    return false;
  }
  scan.skip_blanks();
  line.reason = without_parentheses(scan.take_rest());
  return true;
}

bool read_file_header(LineScan scan, MailLine& line) {
  if (scan.take("Begin Logfile")) {
    line.form = MailForm::log_begin;
    return true;
  }
  if (scan.take("End Logfile")) {
    line.form = MailForm::log_end;
    return true;
  }
  if (scan.take("Version: ")) {
    line.form = MailForm::log_version;
    line.name = scan.word();
    if (scan.take("SN: ")) line.value = scan.word();
    return true;
  }
  if (!scan.take("Time offset from UTC: ")) return false;
  line.form = MailForm::log_offset;
  const std::string_view number = scan.word();
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), line.offset_seconds);
  return error == std::errc{} && end == number.data() + number.size();
}

bool read_status(LineScan scan, MailLine& line) {
  if (!scan.take("Status: ")) return false;
  line.form = MailForm::status;
  line.reason = scan.take_rest();
  return true;
}

bool read_command(LineScan scan, MailLine& line) {
  if (!scan.rest().starts_with("Unknown command: ") &&
      !scan.rest().starts_with("Bad syntax for command: ")) {
    return false;
  }
  line.form = MailForm::bad_command;
  line.reason = scan.take_rest();
  return true;
}

/// The first letter leaves at most a handful of forms to try.
bool read_by_first_letter(LineScan scan, MailLine& line) {
  switch (scan.front()) {
    case 'M':
      return read_message(scan, line) || read_message_end(scan, line);
    case 'I':
      return read_connection(scan, line) || read_spam_quarantine(scan, line);
    case 'D':
      return read_delivery(scan, line) || read_delivery_start(scan, line) ||
             read_bounce(scan, line) || read_recipients_gone(scan, line);
    case 'N':
      return read_incoming_connection(scan, line) || read_outgoing_connection(scan, line);
    case 'S':
      return read_start(scan, line) || read_smtp_auth(scan, line) || read_status(scan, line);
    case 'B':
      return read_bounce(scan, line) || read_command(scan, line) || read_file_header(scan, line);
    case 'E':
      return read_spam_quarantine(scan, line) || read_file_header(scan, line);
    case 'R':
      return read_spam_delivery(scan, line);
    case 'A':
      return read_alias(scan, line);
    case 'L':
      return read_ldap(scan, line);
    case 'P':
      return read_recipients_gone(scan, line);
    case 'C':
      return read_connection_error(scan, line);
    case 'U':
      return read_command(scan, line);
    case 'V':
    case 'T':
      return read_file_header(scan, line);
    default:
      return false;
  }
}

}  // namespace

MailLine read_mail_line(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
    text.remove_suffix(1);
  LineScan scan(text);
  MailLine line;
  if (read_by_first_letter(scan, line)) return line;
  return unknown(text);
}

}  // namespace cistern::connectors::cisco_secure_email
