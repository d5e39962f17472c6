#include "lab/syslog/line_formats.hpp"

namespace cistern::lab {

namespace {

std::string bsd_header(const LineSeed& seed, std::string_view tag) {
  const auto at = calendar_words(seed.time);
  return "<" + number_between(seed.dice, 8, 191) + ">" + at.month_name + " " + at.padded_day + " " +
         at.hour + ":" + at.minute + ":" + at.second + " fw2.contoso.com " + std::string(tag) +
         ": ";
}

std::string rfc5424_header(const LineSeed& seed, std::string_view data) {
  return "<134>1 " + format_time_seconds(seed.time) + "." +
         number_between(seed.dice, 100000, 999999) + "Z fw3.contoso.com lab 4711 EVT " +
         std::string(data) + " ";
}

Line text_line(const LineSeed& seed) {
  Line line;
  line.text = bsd_header(seed, "sshd[" + number_between(seed.dice, 300, 32000) + "]") +
              "Failed password for " + user_name(seed.dice) + " from " + outer_address(seed.dice) +
              " port " + number_between(seed.dice, 1024, 65535) + " ssh2 session " + seed.marker;
  return line;
}

Line structured_line(const LineSeed& seed) {
  Line line;
  line.text =
      rfc5424_header(seed, "[lab@32473 seq=\"" + seed.marker +
                               "\" path=\"C:\\\\temp\\] \\\"x\\\"\"][meta language=\"en\"]") +
      "session of " + user_name(seed.dice) +
      " \xC3\xBC"
      "ber VPN ended, " +
      number_between(seed.dice, 1, 99999) + " bytes";
  return line;
}

Line cef_line(const LineSeed& seed) {
  Line line;
  const auto source = inner_address(seed.dice);
  const auto destination = outer_address(seed.dice);
  line.values = {source, destination};
  line.text = bsd_header(seed, "CEF");
  // The header's colon ends the tag of CEF itself.
  line.text.resize(line.text.size() - 1);
  line.text += "0|Contoso|Gate|2.1|" + number_between(seed.dice, 100, 104) + "|File \\| blocked|" +
               number_between(seed.dice, 0, 10) + "|externalId=" + seed.marker + " src=" + source +
               " dst=" + destination +
               " fname=a\\=b.exe msg=first line\\nsecond suser=" + user_name(seed.dice);
  return line;
}

Line leef_line(const LineSeed& seed) {
  Line line;
  const auto source = inner_address(seed.dice);
  line.values = {source};
  line.text = rfc5424_header(seed, "-") +
              "LEEF:2.0|Contoso|Gate|2.1|Blocked|x09|cat=malware\tsrc=" + source +
              "\tusrName=" + user_name(seed.dice) + "\tsession=" + seed.marker +
              "\tsev=" + number_between(seed.dice, 1, 10);
  return line;
}

Line json_line(const LineSeed& seed) {
  Line line;
  line.text = rfc5424_header(seed, "-") + "{\"session\":\"" + seed.marker + "\",\"user\":\"" +
              user_name(seed.dice) + "\",\"note\":\"tab\\t \\u00fc \\\"q\\\"\",\"count\":" +
              number_between(seed.dice, 0, 99) + "}";
  return line;
}

Line pairs_line(const LineSeed& seed) {
  Line line;
  line.text = "<189>date=" + format_time_seconds(seed.time).substr(0, 10) +
              " devname=\"gate-4\" type=\"traffic\" sessionid=" + seed.marker +
              " action=\"accept\" " + "user=\"" + user_name(seed.dice) +
              "\" sentbyte=" + number_between(seed.dice, 1, 9999);
  return line;
}

}  // namespace

Line generic_line(const LineSeed& seed) {
  switch (seed.dice.below(6)) {
    case 0:
      return text_line(seed);
    case 1:
      return structured_line(seed);
    case 2:
      return cef_line(seed);
    case 3:
      return leef_line(seed);
    case 4:
      return json_line(seed);
    default:
      return pairs_line(seed);
  }
}

}  // namespace cistern::lab
