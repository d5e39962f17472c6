// Lines about the checks of a message's sender: SPF, DKIM, DMARC, reputation of its domains.
#include "connectors/cisco_secure_email/mail_line.hpp"
#include "connectors/cisco_secure_email/mail_line_scan.hpp"
#include "connectors/cisco_secure_email/mail_line_value.hpp"

namespace cistern::connectors::cisco_secure_email {
namespace {

bool read_spf(LineScan scan, MailLine& line) {
  line.form = MailForm::spf;
  line.match = scan.word();
  if (!scan.take("identity ")) return false;
  if (scan.front() == '"') {  // A local part in quotes may hold blanks.
    const std::string_view whole = scan.rest();
    const std::string_view local = first_quoted(whole);
    scan.take(local);
    const std::string_view domain = scan.word();
    line.address = whole.substr(0, local.size() + domain.size());
  } else {
    line.address = scan.word();
  }
  line.verdict = scan.word();
  line.reason = without_parentheses(scan.take_rest());
  return true;
}

/// The value behind ` d=` and its like, up to a blank or the bracket.
std::string_view tag_of(std::string_view text, std::string_view tag) {
  const std::size_t at = text.find(tag);
  if (at == std::string_view::npos || at == 0) return {};
  const char before = text[at - 1];
  if (before != '(' && before != ' ') return {};
  const std::string_view value = text.substr(at + tag.size());
  return value.substr(0, value.find_first_of(" )"));
}

bool read_dkim(LineScan scan, MailLine& line) {
  if (scan.take("signing with ")) {
    line.form = MailForm::dkim_signing;
    if (!scan.until(" - matches ", line.name)) {
      line.name = scan.take_rest();
      return true;
    }
    line.address = scan.take_rest();
    return true;
  }
  constexpr std::string_view kNone = "no signature";
  line.form = MailForm::dkim;
  if (scan.rest().starts_with(kNone)) {
    line.verdict = "none";
    line.reason = scan.take_rest();
    return true;
  }
  line.verdict = scan.word();
  const std::string_view rest = scan.take_rest();
  const std::size_t tags = rest.find("(d=");
  line.reason = rest.substr(0, tags);
  if (line.reason.ends_with(' ')) line.reason.remove_suffix(1);
  if (tags == std::string_view::npos) return true;
  line.host = tag_of(rest.substr(tags), "d=");
  line.name = tag_of(rest.substr(tags), "s=");
  line.address = tag_of(rest.substr(tags), "i=");
  return true;
}

std::string_view dmarc_verdict(std::string_view word) {
  while (!word.empty() && (word.back() == ',' || word.back() == '.'))
    word.remove_suffix(1);
  if (word == "passed") return "pass";
  if (word == "failed") return "fail";
  return word;
}

bool read_dmarc(LineScan scan, MailLine& line) {
  line.form = MailForm::dmarc;
  if (scan.take("Verification ")) {
    line.verdict = dmarc_verdict(scan.word());
  } else {
    if (!scan.take("Message from domain ") || !scan.until(", DMARC ", line.host)) return false;
    line.verdict = dmarc_verdict(scan.word());
  }
  line.reason = without_parentheses(scan.take_rest());
  return true;
}

/// `{Consolidated Sender Threat Level|Consolidated Sender Reputation}: L, Threat Category: C, …`
bool read_sender_reputation(LineScan scan, MailLine& line) {
  line.form = MailForm::sender_domain_reputation;
  if (!scan.until(", Threat Category: ", line.verdict)) {
    line.verdict = scan.take_rest();
    return true;
  }
  // The category has commas of its own nowhere; what follows names domains of the message.
  const std::string_view rest = scan.take_rest();
  const std::size_t end = rest.find_first_of(",.");
  line.match = rest.substr(0, end);
  if (end != std::string_view::npos) line.reason = rest.substr(end + 1);
  while (line.reason.starts_with(' '))
    line.reason.remove_prefix(1);
  return true;
}

bool read_sender_domain(LineScan scan, MailLine& line) {
  if (scan.take("Domains for which SDR is requested: ")) {
    line.form = MailForm::sender_domain_request;
    line.reason = scan.take_rest();
    return true;
  }
  if (scan.take("Consolidated Sender Threat Level: ") ||
      scan.take("Consolidated Sender Reputation: ")) {
    return read_sender_reputation(scan, line);
  }
  if (scan.take("Tracker Header")) {
    line.form = MailForm::sender_domain_tracker;
    scan.skip_blanks();
    scan.take(":");
    scan.skip_blanks();
    line.value = scan.take_rest();
    return true;
  }
  line.form = MailForm::sender_domain_other;
  line.reason = scan.take_rest();
  return true;
}

}  // namespace

bool read_sender_check(LineScan scan, MailLine& line) {
  if (scan.take("SPF: ")) return read_spf(scan, line);
  if (scan.take("DKIM: ")) return read_dkim(scan, line);
  if (scan.take("DMARC: ")) return read_dmarc(scan, line);
  return scan.take("SDR: ") && read_sender_domain(scan, line);
}

}  // namespace cistern::connectors::cisco_secure_email
