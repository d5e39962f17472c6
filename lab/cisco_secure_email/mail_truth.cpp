#include "lab/cisco_secure_email/mail_truth.hpp"

#include "codec/json.hpp"

namespace cistern::lab {

namespace {

void text_member(codec::JsonWriter& writer, std::string_view name, const std::string& value) {
  if (!value.empty()) writer.key(name).string(value);
}

void write_client(codec::JsonWriter& writer, const MailTruth& mail) {
  if (mail.client_ip.empty()) return;
  writer.key("client").begin_object().key("ip").string(mail.client_ip);
  text_member(writer, "reverse_dns", mail.reverse_dns);
  text_member(writer, "listener", mail.listener);
  text_member(writer, "sender_group", mail.sender_group);
  if (!mail.tls_protocol.empty()) {
    writer.key("tls").begin_object().key("protocol").string(mail.tls_protocol);
    text_member(writer, "cipher", mail.tls_cipher);
    writer.end_object();
  }
  writer.end_object();
}

void write_recipients(codec::JsonWriter& writer, const MailTruth& mail) {
  if (mail.recipients.empty()) return;
  writer.key("recipients").begin_array();
  for (const auto& one : mail.recipients) {
    writer.begin_object().key("rid").number(one.rid).key("address").string(one.address);
    text_member(writer, "result", one.result);
    writer.end_object();
  }
  writer.end_array();
}

void write_verdicts(codec::JsonWriter& writer, const MailTruth& mail) {
  writer.key("verdicts").begin_object();
  text_member(writer, "antispam", mail.antispam);
  text_member(writer, "antivirus", mail.antivirus);
  text_member(writer, "spf", mail.spf);
  text_member(writer, "dkim", mail.dkim);
  text_member(writer, "dmarc", mail.dmarc);
  writer.end_object();
}

}  // namespace

std::string MailTruth::expected_json() const {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().key("mid").number(mid);
  if (root_mid != mid) writer.key("root_mid").number(root_mid);
  if (icid != 0) writer.key("icid").number(icid);
  if (!dcids.empty()) {
    writer.key("dcids").begin_array();
    for (const auto dcid : dcids)
      writer.number(dcid);
    writer.end_array();
  }
  text_member(writer, "action", action);
  text_member(writer, "finished", finish);
  text_member(writer, "sender", sender);
  write_recipients(writer, *this);
  text_member(writer, "subject", subject);
  text_member(writer, "message_id", message_id);
  if (size != 0) writer.key("size").number(size);
  text_member(writer, "policy", policy);
  text_member(writer, "direction", direction);
  write_client(writer, *this);
  write_verdicts(writer, *this);
  if (!quarantines.empty()) {
    writer.key("quarantines").begin_array();
    for (const auto& name : quarantines)
      writer.begin_object().key("name").string(name).end_object();
    writer.end_array();
  }
  writer.end_object();
  return out;
}

}  // namespace cistern::lab
