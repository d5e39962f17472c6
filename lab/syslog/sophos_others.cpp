#include "lab/syslog/line_formats.hpp"

namespace cistern::lab {

Line sophos_central_line(const LineSeed& seed) {
  Line line;
  const auto source = inner_address(seed.dice);
  const auto destination = outer_address(seed.dice);
  line.values = {source, destination, seed.marker};
  const bool denied = seed.dice.chance(0.4);
  // Fields without a value are left out in this format, and the offset has no colon.
  line.text =
      "<30>device_name=\"SFW\" timestamp=\"" + format_time_seconds(seed.time) +
      "+0000\" device_model=\"SFVH\" device_serial_id=\"C01001BQC8TFFFF\" log_id=\"" +
      (denied ? "010102600002" : "010101600001") +
      "\" log_type=\"Firewall\" log_component=\"Firewall Rule\" log_subtype=\"" +
      (denied ? "Denied" : "Allowed") + "\" log_version=1 severity=\"Information\" fw_rule_id=\"" +
      number_between(seed.dice, 1, 90) +
      "\" nat_rule_id=\"0\" fw_rule_type=\"USER\" ether_type=\"IPv4 (0x0800)\" "
      "in_interface=\"Port1\" src_mac=\"00:26:37:ee:47:20\" src_ip=\"" +
      source + "\" src_country=\"R1\" dst_ip=\"" + destination +
      "\" dst_country=\"USA\" protocol=\"UDP\" src_port=" + number_between(seed.dice, 1024, 65535) +
      " dst_port=443 packets_sent=" + number_between(seed.dice, 1, 999) +
      " con_event=\"Stop\" con_id=\"" + seed.marker +
      "\" hb_status=\"No Heartbeat\" app_resolved_by=\"Signature\" "
      "app_is_cloud=\"FALSE\" qualifier=\"New\" in_display_interface=\"Port1\"";
  return line;
}

namespace {

std::string utm_header(const LineSeed& seed, std::string_view program) {
  const auto at = calendar_words(seed.time);
  return "<30>" + at.year + ":" + at.month + ":" + at.day + "-" + at.hour + ":" + at.minute + ":" +
         at.second + " utm-1 " + std::string(program) + "[" +
         number_between(seed.dice, 300, 32000) + "]: ";
}

}  // namespace

Line sophos_utm_line(const LineSeed& seed) {
  Line line;
  const auto source = inner_address(seed.dice);
  const auto destination = outer_address(seed.dice);
  line.values = {source, destination};
  if (seed.dice.chance(0.6)) {
    line.text = utm_header(seed, "ulogd") +
                "id=\"2001\" severity=\"info\" sys=\"SecureNet\" sub=\"packetfilter\" "
                "name=\"Packet dropped\" action=\"drop\" fwrule=\"60001\" initf=\"eth0\" "
                "srcmac=\"00:1a:8c:f0:32:61\" dstmac=\"00:1a:8c:f0:32:60\" mark=\"" +
                seed.marker + "\" srcip=\"" + source + "\" dstip=\"" + destination +
                "\" proto=\"17\" length=\"76\" tos=\"0x00\" prec=\"0x00\" ttl=\"64\" srcport=\"" +
                number_between(seed.dice, 1024, 65535) + "\" dstport=\"53\"";
    return line;
  }
  line.text = utm_header(seed, "httpproxy") +
              "id=\"0001\" severity=\"info\" sys=\"SecureWeb\" sub=\"http\" name=\"http access\" "
              "action=\"pass\" method=\"GET\" srcip=\"" +
              source + "\" dstip=\"" + destination + "\" user=\"" + user_name(seed.dice) +
              "\" ad_domain=\"\" statuscode=\"200\" cached=\"0\" "
              "profile=\"REF_DefaultHTTPProfile (Default)\" size=\"" +
              number_between(seed.dice, 90, 99999) + "\" request=\"0x" + seed.marker +
              "\" url=\"http://www.example.net/i?n=" + number_between(seed.dice, 1, 999) +
              "\" referer=\"\" error=\"\" authtime=\"0\" dnstime=\"1\" cattime=\"133\" "
              "category=\"178\" contenttype=\"text/html\"";
  return line;
}

}  // namespace cistern::lab
