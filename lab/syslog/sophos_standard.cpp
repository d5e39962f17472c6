#include "lab/syslog/line_formats.hpp"

namespace cistern::lab {

namespace {

// Only the fields that differ between log types; the device says them in this order.
struct Kind {
  std::string_view log_id;
  std::string_view names;  ///< log_type, log_component, log_subtype and, where it is said, status.
  std::string_view priority;
};

std::string common_fields(const LineSeed& seed, const Kind& kind) {
  const auto at = calendar_words(seed.time);
  std::string out = "<30>device=\"SFW\" date=" + at.year + "-" + at.month + "-" + at.day;
  out += " time=" + at.hour + ":" + at.minute + ":" + at.second;
  out += " timezone=\"GMT\" device_name=\"XG230\" device_id=S1601E1F9FCB7EE log_id=";
  out += kind.log_id;
  out += " ";
  out += kind.names;
  out += " priority=";
  out += kind.priority;
  return out;
}

// The addresses and ports of a line, remembered as values that a document must hold.
std::string addresses(const LineSeed& seed, Line& line, std::string_view protocol = "TCP") {
  const auto source = inner_address(seed.dice);
  const auto destination = outer_address(seed.dice);
  line.values.push_back(source);
  line.values.push_back(destination);
  return " src_ip=" + source + " src_country_code=R1 dst_ip=" + destination +
         " dst_country_code=SVK protocol=\"" + std::string(protocol) +
         "\" src_port=" + number_between(seed.dice, 1024, 65535) +
         " dst_port=" + number_between(seed.dice, 1, 1023);
}

Line firewall(const LineSeed& seed) {
  constexpr std::array<Kind, 4> kKinds = {{
      {"010101600001",
       R"(log_type="Firewall" log_component="Firewall Rule" log_subtype="Allowed" status="Allow")",
       "Information"},
      {"010102600002",
       R"(log_type="Firewall" log_component="Firewall Rule" log_subtype="Denied" status="Deny")",
       "Information"},
      {"010202601001",
       R"(log_type="Firewall" log_component="Invalid Traffic" log_subtype="Denied" status="Deny")",
       "Information"},
      {"010302602002",
       R"(log_type="Firewall" log_component="Appliance Access" log_subtype="Denied" status="Deny")",
       "Information"},
  }};
  Line line;
  line.text = common_fields(seed, kKinds[seed.dice.below(kKinds.size())]);
  const auto user = seed.dice.chance(0.5) ? user_name(seed.dice) : std::string{};
  line.text += " duration=" + number_between(seed.dice, 0, 600) +
               " fw_rule_id=" + number_between(seed.dice, 1, 90) + " policy_type=1 user_name=\"" +
               user +
               "\" user_gp=\"\" iap=0 ips_policy_id=0 appfilter_policy_id=0 application=\"HTTP\" "
               "application_risk=1 application_technology=\"Browser Based\" "
               "application_category=\"General Internet\" in_interface=\"Port1\" "
               "out_interface=\"Port2\" src_mac=00:00:00:00:00:00";
  line.text += addresses(seed, line, seed.dice.chance(0.3) ? "UDP" : "TCP");
  // The device doubles a blank here, and leaves one out before srczonetype now and then.
  line.text += " sent_pkts=6  recv_pkts=5 sent_bytes=" + number_between(seed.dice, 40, 90000) +
               " recv_bytes=606 tran_src_ip=203.0.113.1 tran_src_port=0 tran_dst_ip= "
               "tran_dst_port=0";
  line.text += seed.dice.chance(0.1) ? "" : " ";
  line.text +=
      "srczonetype=\"LAN\" srczone=\"LAN\" dstzonetype=\"WAN\" dstzone=\"WAN\" "
      "dir_disp=\"\" connevent=\"Stop\" connid=\"" +
      seed.marker +
      "\" vconnid=\"\" hb_health=\"No Heartbeat\" message=\"\" "
      "appresolvedby=\"Signature\" app_is_cloud=0";
  return line;
}

Line web_filter(const LineSeed& seed) {
  constexpr std::array<Kind, 2> kKinds = {{
      {"050901616001",
       R"(log_type="Content Filtering" log_component="HTTP" log_subtype="Allowed" status="")",
       "Information"},
      {"050902616002",
       R"(log_type="Content Filtering" log_component="HTTP" log_subtype="Denied" status="")",
       "Information"},
  }};
  Line line;
  line.text = common_fields(seed, kKinds[seed.dice.below(kKinds.size())]);
  line.text += " fw_rule_id=" + number_between(seed.dice, 1, 90) + " user_name=\"" +
               user_name(seed.dice) +
               "\" user_gp=\"Clientless Open Group\" iap=1 category=\"Information Technology\" "
               "category_type=\"Acceptable\" url=\"http://www.example.net/a?q=1&x=" +
               number_between(seed.dice, 1, 9999) +
               "\" contenttype=\"text/html\" override_token=\"\" httpresponsecode=\"\"";
  line.text += addresses(seed, line);
  line.text += " sent_bytes=442 recv_bytes=" + number_between(seed.dice, 0, 99999) +
               " domain=www.example.net exceptions= activityname=\"\" reason=\"\" "
               "user_agent=\"Agent/1.0 (X11; \"quoted\" build)\" status_code=\"200\" "
               "transactionid= referer=\"\" download_file_name=\"\" download_file_type=\"\" "
               "upload_file_name=\"\" upload_file_type=\"\" con_id=" +
               seed.marker + " application=\"\" app_is_cloud=0 override_name=\"\" " +
               "override_authorizer=\"\"";
  return line;
}

Line mail_filter(const LineSeed& seed) {
  constexpr std::array<Kind, 2> kKinds = {{
      {"041107413001", R"(log_type="Anti-Spam" log_component="SMTP" log_subtype="Spam" status="")",
       "Warning"},
      {"041101618035", R"(log_type="Anti-Spam" log_component="SMTP" log_subtype="Clean" status="")",
       "Information"},
  }};
  Line line;
  line.text = common_fields(seed, kKinds[seed.dice.below(kKinds.size())]);
  line.text += " fw_rule_id=0 user_name=\"\" av_policy_name=\"Inbound\" from_email_address=\"" +
               user_name(seed.dice) + "@example.com\" to_email_address=\" " + user_name(seed.dice) +
               "@contoso.com\" email_subject=\"Your " + number_between(seed.dice, 2, 99) +
               " offers\" mailid=\"" + seed.marker +
               "\" mailsize=" + number_between(seed.dice, 400, 70000) +
               " spamaction=\"Accept\" reason=\"Sender IP address is blocklisted.\" "
               "src_domainname=\"example.com\" dst_domainname=\"contoso.com\"";
  line.text += addresses(seed, line);
  line.text += " sent_bytes=0 recv_bytes=0 quarantine_reason=\"Spam\"";
  return line;
}

Line vpn_event(const LineSeed& seed) {
  const bool up = seed.dice.chance(0.5);
  Line line;
  line.text = common_fields(
      seed,
      up ? Kind{"062811617824",
                R"(log_type="Event" log_component="SSL VPN" log_subtype="System" status="Established")",
                "Information"}
         : Kind{
               "062811617824",
               R"(log_type="Event" log_component="SSL VPN" log_subtype="System" status="Terminated")",
               "Information"});
  const auto remote = outer_address(seed.dice);
  const auto user = user_name(seed.dice);
  line.values = {remote};
  line.text += " Mode=\"Remote Access\" sessionid=\"" + seed.marker +
               "\" starttime=" + std::to_string(unix_seconds(seed.time)) + " user_name=\"" + user +
               "\" ipaddress=10.81.234.6 remote_ip=" + remote + " message=\"SSL VPN User '" + user +
               "' " + (up ? "connected" : "disconnected") + "\"";
  return line;
}

Line web_server_protection(const LineSeed& seed) {
  Line line;
  line.text = common_fields(
      seed, {"075000617071", R"(log_type="WAF" log_component="Web Application Firewall")",
             "Information"});
  const auto source = outer_address(seed.dice);
  line.values = {source};
  line.text += " user_name=\"-\" server=shop.example.net sourceip=" + source +
               " localip=198.51.100.20 ws_protocol=\"HTTP/1.1\" url=/cart "
               "querystring=?order=" +
               seed.marker + " cookie=\"lang=en; path=/; k=v\" referer=- method=GET httpstatus=" +
               (seed.dice.chance(0.2) ? "403" : "200") +
               " reason=\"-\" extra=\"Inbound Anomaly Score Exceeded (Total Score: 7, SQLi=, "
               "XSS=)\" contenttype=\"text/html\" useragent=\"Agent/1.0\" host=" +
               source + " responsetime=" + number_between(seed.dice, 100, 99999) +
               " bytessent=596 bytesrcv=716 fw_rule_id=-";
  return line;
}

}  // namespace

Line sophos_standard_line(const LineSeed& seed) {
  const auto kind = seed.dice.below(100);
  if (kind < 60) return firewall(seed);
  if (kind < 80) return web_filter(seed);
  if (kind < 88) return mail_filter(seed);
  return kind < 94 ? vpn_event(seed) : web_server_protection(seed);
}

}  // namespace cistern::lab
