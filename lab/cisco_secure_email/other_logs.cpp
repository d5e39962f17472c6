#include "lab/cisco_secure_email/other_logs.hpp"

#include "lab/cisco_secure_email/appliance_log.hpp"
#include "lab/syslog/line_words.hpp"

namespace cistern::lab {

namespace {

std::string digest_word(Dice& dice) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (int at = 0; at < 64; ++at)
    out += kDigits[dice.below(16)];
  return out;
}

std::string authentication(Dice& dice) {
  const auto user = user_name(dice);
  const auto address = inner_address(dice);
  switch (dice.below(4)) {
    case 0:
      return "Info: The user " + user + " successfully logged on from " + address +
             " with privilege admin using an HTTPS connection.";
    case 1:
      return "Info: An authentication attempt by the user " + user + " from " + address +
             " failed using an SSH connection.";
    case 2:
      return "Info: login:" + address + " user:" + user +
             " session:" + digest_word(dice).substr(0, 12);
    default:
      return "Info: User " + user + " from " + address + " failed authentication.";
  }
}

std::string gui(Dice& dice) {
  const auto user = user_name(dice);
  const auto address = inner_address(dice);
  if (dice.chance(0.5)) {
    return "Info: req:" + address + " user:" + user + " id:" + digest_word(dice).substr(0, 16) +
           " 200 GET /system_administration/log_subscriptions HTTP/1.1 Agent/1.0 (X11; Linux)";
  }
  return "Info: SourceIP:" + address + " Destination:/network/listeners Username:" + user +
         " Privilege:admin session:" + digest_word(dice).substr(0, 16) +
         " Action: The listener was edited.";
}

std::string cli(Dice& dice) {
  const auto pid = "PID " + number_between(dice, 300, 9000);
  const auto user = user_name(dice);
  if (dice.chance(0.3)) {
    const auto address = inner_address(dice);
    return "Info: " + pid + ": User " + user + " login from " + address + " on 192.0.2.25";
  }
  return dice.chance(0.5) ? "Info: " + pid + ": User " + user + " executed logconfig"
                          : "Info: " + pid + ": User " + user +
                                " entered 'commit'; prompt was 'mail.contoso.com> '";
}

std::string system(Dice& dice) {
  if (dice.chance(0.5)) {
    return "Info: PID " + number_between(dice, 300, 9000) + ": User " + user_name(dice) +
           " commit changes: new listener";
  }
  return "Warning: DNS query network error '[Errno 64] Host is down' to '" + outer_address(dice) +
         "' looking up '" + number_between(dice, 1, 9) + ".example.net'";
}

std::string amp(TimePoint time, Dice& dice) {
  const auto mid = number_between(dice, 7000, 9000);
  switch (dice.below(3)) {
    case 0:
      return "Info: File reputation query initiating. File Name = 'report.pdf', MID = " + mid +
             ", File Size = " + number_between(dice, 100, 99999) +
             " bytes, File Type = application/pdf";
    case 1:
      return "Info: Response received for file reputation query from Cloud. File Name = "
             "'report.pdf', MID = " +
             mid + ", Disposition = CLEAN, Malware = None, Reputation Score = 0, sha256 = " +
             digest_word(dice) + ", upload_action = 2";
    default:
      return "Info: Retrospective verdict received. SHA256: " + digest_word(dice) +
             ", Timestamp: " + std::to_string(unix_seconds(time)) +
             ".25, Verdict: MALICIOUS, Reputation Score: 91, Spyname: W32.Sample";
  }
}

std::string bounce(Dice& dice) {
  return "Info: Bounced: " + number_between(dice, 7000, 9000) + ":0 From:<" + user_name(dice) +
         "@contoso.com> To:<" + user_name(dice) +
         "@example.net> Reason: \"5.1.0 - Unknown address error\" Response: \"('550', ['5.1.1 "
         "User unknown'])\"";
}

std::string status(Dice& dice) {
  return "Info: Status: CPULd " + number_between(dice, 0, 99) + " DskIO " +
         number_between(dice, 0, 9) + " RAMUtil 21 QKUsd 0 QKFre 8388608 CrtMID " +
         number_between(dice, 7000, 9000) + " CrtICID " + number_between(dice, 5300, 6000) +
         " CrtDCID 890 InjMsg " + number_between(dice, 1, 9999) +
         " InjRcp 2 LogUsd 4 LogAvail 148G SwapUsage 0%";
}

}  // namespace

std::string other_log_line(std::size_t log, TimePoint time, Dice& dice) {
  const auto kind = kApplianceLogs[log].kind;
  if (kind == "authentication") return authentication(dice);
  if (kind == "gui") return gui(dice);
  if (kind == "cli") return cli(dice);
  if (kind == "system") return system(dice);
  if (kind == "amp") return amp(time, dice);
  if (kind == "bounce") return bounce(dice);
  if (kind == "status") return status(dice);
  if (kind == "antispam") {
    return "Info: case antispam - engine (" + number_between(dice, 300, 99999) +
           ") : case-daemon: all children launched";
  }
  if (kind == "content_scanner") {
    return "Info: PF: Starting multi-threaded Perceptive server (pid=" +
           number_between(dice, 300, 99999) + ")";
  }
  return "Critical: Error while sending alert: Unable to send System/Warning alert to ops" +
         number_between(dice, 1, 99) + "@contoso.com with subject \"Warning\".";
}

std::string consolidated_line(const MailTruth& mail, Dice& dice) {
  std::string out = "CEF:0|Cisco|C100V Email Security Virtual Appliance|" +
                    std::string(kApplianceVersion) +
                    "|ESA_CONSOLIDATED_LOG_EVENT|Consolidated Log Event|5|deviceExternalId=" +
                    std::string(kApplianceSerial) + " ESAMID=" + std::to_string(mail.mid) +
                    " ESAICID=" + std::to_string(mail.icid);
  if (!mail.dcids.empty()) out += " ESADCID=" + std::to_string(mail.dcids.back());
  out += " end=" + appliance_time(mail.finished);
  if (!mail.dkim.empty()) out += " ESADKIMVerdict=" + mail.dkim;
  out += " ESADLPVerdict=NOT_EVALUATED dvc=192.0.2.25 ESAFriendlyFrom=News <" + mail.sender +
         "> ESAGMVerdict=NEGATIVE start=" + appliance_time(mail.begun) +
         " deviceInboundInterface=" + mail.listener +
         " deviceDirection=" + (mail.direction == "outbound" ? "1" : "0") +
         " ESAMailFlowPolicy=ACCEPT suser=" + mail.sender +
         " cs1Label=MailPolicy cs1=" + mail.policy +
         " cs2Label=SenderCountry cs2=United States ESAMFVerdict=MATCH act=" +
         (mail.action == "bounced"       ? "BOUNCED"
          : mail.action == "quarantined" ? "QUARANTINED"
          : mail.action == "dropped"     ? "DROPPED"
                                         : "DELIVERED");
  out += " cs4Label=ExternalMsgID cs4='" + mail.message_id +
         "' ESAMsgSize=" + std::to_string(mail.size) + " ESAOFVerdict=NEGATIVE duser=" +
         (mail.recipients.empty() ? std::string{} : mail.recipients.front().address) +
         " ESAHeloDomain=mx1.example.com ESAHeloIP=" + mail.client_ip +
         " cfp1Label=SBRSScore cfp1=" + number_between(dice, 0, 9) +
         ".5 ESASPFVerdict={'mailfrom': {'result': '" + mail.spf + "', 'sender': '" + mail.sender +
         "'}} src=" + mail.client_ip + " ESASenderGroup=" + mail.sender_group +
         " msg=\"It's March\"" +
         " ESAAMPVerdict=SKIPPED ESAASVerdict=NEGATIVE ESAAVVerdict=NEGATIVE  "
         "ESACFVerdict=NO_MATCH";
  return out;
}

}  // namespace cistern::lab
