// A parsed line as one text, for tables of expectations.
#pragma once

#include "connectors/cisco_secure_email/mail_line.hpp"

#include <string>
#include <string_view>

namespace cistern::connectors::cisco_secure_email {

/// `message_start mid=7 icid=5`: the form and every field that is set, in the order of MailLine.
inline std::string describe(const MailLine& line) {
  std::string out(name_of(line.form));
  const auto number = [&out](std::string_view name, std::uint64_t value) {
    if (value == kNoNumber) return;
    out.append(" ").append(name).append("=").append(std::to_string(value));
  };
  const auto text = [&out](std::string_view name, std::string_view value) {
    if (!value.empty()) out.append(" ").append(name).append("=").append(value);
  };
  number("mid", line.mid);
  number("other_mid", line.other_mid);
  number("icid", line.icid);
  number("dcid", line.dcid);
  number("rcid", line.rcid);
  number("amount", line.amount);
  if (line.offset_seconds != 0) out += " offset=" + std::to_string(line.offset_seconds);
  text("rids", line.rids);
  text("address", line.address);
  text("other_address", line.other_address);
  text("ip", line.ip);
  text("local_ip", line.local_ip);
  text("port", line.port);
  text("host", line.host);
  text("name", line.name);
  text("match", line.match);
  text("verdict", line.verdict);
  text("engine", line.engine);
  text("score", line.score);
  text("country", line.country);
  text("protocol", line.protocol);
  text("cipher", line.cipher);
  text("user", line.user);
  text("direction", line.direction);
  text("code", line.code);
  text("value", line.value);
  text("other_value", line.other_value);
  text("reason", line.reason);
  return out;
}

}  // namespace cistern::connectors::cisco_secure_email
