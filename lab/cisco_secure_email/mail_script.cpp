#include "lab/cisco_secure_email/mail_script.hpp"

#include "lab/syslog/line_words.hpp"

#include <array>
#include <utility>

namespace cistern::lab {

namespace {

struct SpokenSubject {
  std::string_view in_log;  ///< With the quotes and escapes of the log.
  std::string_view subject;
};
constexpr std::array<SpokenSubject, 8> kSubjects = {{
    {"'Invoice 4711'", "Invoice 4711"},
    {"\"It's March\"", "It's March"},
    {"'Re: [ticket 42] printer'", "Re: [ticket 42] printer"},
    {"\"' MID 5 ICID 6 From: <x@example.com>\"", "' MID 5 ICID 6 From: <x@example.com>"},
    {"'Message finished MID 7001 done'", "Message finished MID 7001 done"},
    {"'50% off, today only'", "50% off, today only"},
    {"'Meeting at 10'", "Meeting at 10"},
    {"''", ""},
}};

std::string hex_word(Dice& dice) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (int at = 0; at < 5; ++at)
    out += kDigits[dice.below(16)];
  return out;
}

std::string number_text(std::uint64_t number) {
  return std::to_string(number);
}

}  // namespace

std::string rid_list(const std::vector<std::uint64_t>& rids) {
  std::string out = "[";
  for (const auto rid : rids)
    out += (out.size() > 1 ? ", " : "") + number_text(rid);
  return out + "]";
}

void MailScript::say(std::string_view text, std::string_view level) {
  lines.push_back({now_, std::string(level) + ": " + std::string(text)});
}

void MailScript::say_of(const MailTruth& mail, const std::string& text) {
  say("MID " + number_text(mail.mid) + " " + text);
}

void MailScript::connect(MailTruth& mail, std::string_view verb) {
  constexpr std::array<std::string_view, 3> kGroups = {"UNKNOWNLIST", "ALLOWED_LIST",
                                                       "SUSPECTLIST"};
  const bool outgoing = verb == "RELAY";
  mail.icid = ++counters_.icid;
  mail.listener = outgoing ? "OutgoingMail" : "IncomingMail";
  mail.client_ip = outgoing ? inner_address(dice_) : outer_address(dice_);
  mail.direction = outgoing ? "outbound" : "inbound";
  mail.sender_group = outgoing ? "RELAYLIST" : pick(dice_, kGroups);
  const bool named = dice_.chance(0.8);
  if (named) mail.reverse_dns = "mx" + number_between(dice_, 1, 9) + ".example.com";
  const auto name = "ICID " + number_text(mail.icid);
  say("New SMTP " + name + " interface " + mail.listener + " (192.0.2.25) address " +
      mail.client_ip + " reverse dns host " + (named ? mail.reverse_dns : "unknown") +
      " verified " + (named ? "yes" : "no"));
  say(name + " " + std::string(verb) + " SG " + mail.sender_group +
      (outgoing ? " match 198.51.100.0/24 SBRS rfc1918 country None"
                : " match sbrs[-1.0:10.0] SBRS " + number_between(dice_, 0, 9) +
                      ".5 country United States"));
  if (dice_.chance(0.7)) {
    mail.tls_protocol = dice_.chance(0.5) ? "TLSv1.2" : "TLSv1.3";
    mail.tls_cipher = "ECDHE-RSA-AES256-GCM-SHA384";
    say(name + " TLS success protocol " + mail.tls_protocol + " cipher " + mail.tls_cipher);
  }
}

void MailScript::close_connection(const MailTruth& mail) {
  say("ICID " + number_text(mail.icid) + " close");
}

void MailScript::start_message(MailTruth& mail, std::size_t recipients) {
  mail.mid = mail.root_mid = ++counters_.mid;
  mail.begun = now_;
  const auto icid = " ICID " + number_text(mail.icid);
  say("Start MID " + number_text(mail.mid) + icid);
  mail.sender = "news" + number_between(dice_, 1, 99) +
                (mail.direction == "outbound" ? "@contoso.com" : "@example.com");
  say("MID " + number_text(mail.mid) + icid + " From: <" + mail.sender + ">");
  for (std::size_t rid = 0; rid < recipients; ++rid) {
    const auto domain = mail.direction == "outbound" ? "@example.net" : "@contoso.com";
    mail.recipients.push_back({rid, user_name(dice_) + number_text(rid) + domain, {}});
    say("MID " + number_text(mail.mid) + icid + " RID " + number_text(rid) + " To: <" +
        mail.recipients.back().address + ">");
  }
}

MailTruth MailScript::start_child(const MailTruth& mail) {
  auto child = mail;
  child.mid = ++counters_.mid;
  child.begun = now_;
  child.dcids.clear();
  child.quarantines.clear();
  say("Start MID " + number_text(child.mid) + " ICID 0");
  say("MID " + number_text(child.mid) + " ICID 0 From: <" + child.sender + ">");
  for (const auto& one : child.recipients) {
    say("MID " + number_text(child.mid) + " ICID 0 RID " + number_text(one.rid) + " To: <" +
        one.address + ">");
  }
  return child;
}

void MailScript::authenticate_domain(MailTruth& mail) {
  const bool pass = dice_.chance(0.8);
  mail.spf = pass ? "Pass" : "Fail";
  say_of(mail, "SPF: mailfrom identity " + mail.sender + " " + mail.spf + " (v=spf1)");
  mail.dkim = pass ? "pass" : "none";
  say_of(mail, pass ? "DKIM: pass signature verified (d=example.com s=sel1 i=@example.com)"
                    : "DKIM: no signature");
  mail.dmarc = pass ? "pass" : "fail";
  say_of(mail, "DMARC: Message from domain example.com, DMARC " + mail.dmarc + " (SPF aligned " +
                   (pass ? "True" : "False") + ", DKIM aligned " + (pass ? "True" : "False") + ")");
}

void MailScript::receive(MailTruth& mail) {
  if (mail.direction == "inbound") authenticate_domain(mail);
  const auto id = number_text(mail.mid) + "." + hex_word(dice_);
  // A folded header comes with its line break, and makes two lines of one.
  if (dice_.chance(0.05)) {
    say_of(mail, "Message-ID '<" + id + "\n @example.com>'");
  } else {
    mail.message_id = "<" + id + "@example.com>";
    say_of(mail, "Message-ID '" + mail.message_id + "'");
  }
  const auto& subject = kSubjects[dice_.below(kSubjects.size())];
  mail.subject = subject.subject;
  say_of(mail, "Subject " + std::string(subject.in_log));
  mail.size = 800 + dice_.below(90'000);
  say_of(mail, "ready " + number_text(mail.size) + " bytes from <" + mail.sender + ">");
  mail.policy = dice_.chance(0.7) ? "DEFAULT" : "Finance";
  say_of(mail, "matched all recipients for per-recipient policy " + mail.policy + " in the " +
                   mail.direction + " table");
}

void MailScript::scan(MailTruth& mail, std::string_view spam) {
  mail.antispam = "spam " + std::string(spam);
  say_of(mail, "interim verdict using engine: CASE " + mail.antispam);
  say_of(mail, "using engine: CASE " + mail.antispam);
  say_of(mail, "interim AV verdict using Sophos CLEAN");
  mail.antivirus = "negative";
  say_of(mail, "antivirus negative");
  const bool attachment = dice_.chance(0.3);
  if (attachment) say_of(mail, "attachment 'report.pdf'");
  say_of(mail, attachment ? "AMP file reputation verdict : CLEAN"
                          : "AMP file reputation verdict : SKIPPED (no attachment in message)");
  say_of(mail, "Outbreak Filters: verdict negative");
  if (mail.direction == "outbound" && dice_.chance(0.2)) {
    say_of(mail, "DLP violation. Severity: LOW (Risk Factor: 22). DLP policy match: 'PCI'.");
  }
  if (dice_.chance(0.1))
    say_of(mail, "URL http://www.example.com/a has reputation 2.2 matched Condition: URL rule");
}

void MailScript::queue(const MailTruth& mail) {
  say_of(mail, "queued for delivery");
}

std::uint64_t MailScript::deliver_to(MailTruth& mail) {
  const auto dcid = ++counters_.dcid;
  mail.dcids.push_back(dcid);
  const auto name = "DCID " + number_text(dcid);
  say("New SMTP " + name + " interface 192.0.2.25 address 198.51.100.20 port 25");
  if (dice_.chance(0.8))
    say(name + " TLS success protocol TLSv1.2 cipher ECDHE-RSA-AES256-GCM-SHA384");
  std::vector<std::uint64_t> rids;
  for (const auto& one : mail.recipients)
    rids.push_back(one.rid);
  say("Delivery start " + name + " MID " + number_text(mail.mid) + " to RID " + rid_list(rids));
  return dcid;
}

void MailScript::accepted(MailTruth& mail, std::uint64_t dcid,
                          const std::vector<std::uint64_t>& rids) {
  say("Message done DCID " + number_text(dcid) + " MID " + number_text(mail.mid) + " to RID " +
      rid_list(rids) + " [('from', 'News <" + mail.sender + ">')]");
  say_of(mail, "RID " + rid_list(rids) + " Response '2.0.0 OK queued as " + hex_word(dice_) + "'");
  for (const auto rid : rids)
    mail.recipients[rid].result = "delivered";
}

void MailScript::bounced(MailTruth& mail, std::uint64_t dcid, std::uint64_t rid) {
  mail.recipients[rid].result = "bounced";
  say("Bounced: DCID " + number_text(dcid) + " MID " + number_text(mail.mid) + " to RID " +
      number_text(rid) + " - 5.1.0 - Unknown address error ('550', ['5.1.1 User unknown']) []");
}

void MailScript::delayed(MailTruth& mail, std::uint64_t dcid, std::uint64_t rid) {
  mail.recipients[rid].result = "deferred";
  say("Delayed: DCID " + number_text(dcid) + " MID " + number_text(mail.mid) + " to RID " +
      number_text(rid) + " - 4.1.0 - Unknown address error ('451', ['4.7.1 try later']) []");
}

void MailScript::close_delivery(std::uint64_t dcid) {
  say("DCID " + number_text(dcid) + " close");
}

void MailScript::finish(MailTruth& mail, std::string_view how) {
  mail.finish = how;
  mail.finished = now_;
  say("Message finished MID " + number_text(mail.mid) + " " + mail.finish);
  mails.push_back(mail);
}

void MailScript::report_bounce(const MailTruth& mail) {
  MailTruth report;
  report.mid = report.root_mid = ++counters_.mid;
  report.begun = now_;
  const auto name = number_text(report.mid);
  say("MID " + name + " was generated for bounce of MID " + number_text(mail.mid));
  say("Start MID " + name + " ICID 0");
  say("MID " + name + " ICID 0 From: <>");
  report.recipients = {{0, mail.sender, {}}};
  say("MID " + name + " ICID 0 RID 0 To: <" + mail.sender + ">");
  queue(report);
  wait(1);
  const auto dcid = deliver_to(report);
  accepted(report, dcid, {0});
  report.action = "delivered";
  finish(report);
  wait(5);
  close_delivery(dcid);
}

}  // namespace cistern::lab
