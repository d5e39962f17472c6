// Lines of text mail logs, error logs and bounce logs.
#include "connectors/cisco_secure_email/readers_mail.hpp"

#include "connectors/cisco_secure_email/mail_line.hpp"
#include "connectors/cisco_secure_email/mail_line_value.hpp"
#include "connectors/cisco_secure_email/readers_patterns.hpp"
#include "connectors/cisco_secure_email/readers_record.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace cistern::connectors::cisco_secure_email {
namespace {

using Field = std::string_view MailLine::*;

/// What the fields are called where no form says otherwise, in the order of the record.
constexpr auto kNames = std::to_array<std::pair<Field, std::string_view>>({
    {&MailLine::address, "address"},
    {&MailLine::other_address, "other_address"},
    {&MailLine::ip, "client_ip"},
    {&MailLine::local_ip, "listener_ip"},
    {&MailLine::port, "port"},
    {&MailLine::host, "client_host"},
    {&MailLine::name, "name"},
    {&MailLine::match, "match"},
    {&MailLine::verdict, "verdict"},
    {&MailLine::engine, "engine"},
    {&MailLine::score, "reputation"},
    {&MailLine::country, "country"},
    {&MailLine::protocol, "tls_protocol"},
    {&MailLine::cipher, "tls_cipher"},
    {&MailLine::user, "user"},
    {&MailLine::direction, "direction"},
    {&MailLine::code, "status_code"},
    {&MailLine::value, "value"},
    {&MailLine::other_value, "other_value"},
    {&MailLine::reason, "reason"},
});

struct FormName {
  MailForm form;
  Field field;
  std::string_view name;
};

using F = MailForm;

/// What a field means in one form.
constexpr auto kFormNames = std::to_array<FormName>({
    {F::log_version, &MailLine::name, "version"},
    {F::log_version, &MailLine::value, "serial"},
    {F::connection_start, &MailLine::name, "listener"},
    {F::connection_start, &MailLine::verdict, "verified"},
    {F::connection_lost, &MailLine::name, "listener"},
    {F::connection_policy, &MailLine::name, "sender_group"},
    {F::connection_policy, &MailLine::verdict, "flow_policy"},
    {F::authentication, &MailLine::name, "profile"},
    {F::authentication, &MailLine::protocol, "mechanism"},
    {F::sender_verification, &MailLine::address, "sender"},
    {F::invalid_sender, &MailLine::address, "invalid_address"},
    {F::invalid_recipient, &MailLine::address, "invalid_address"},
    {F::sender, &MailLine::address, "sender"},
    {F::recipient, &MailLine::address, "recipient"},
    {F::recipient_rejected, &MailLine::address, "recipient"},
    {F::recipient_rejected, &MailLine::name, "rejected_by"},
    {F::invalid_bounce, &MailLine::address, "recipient"},
    {F::message_id, &MailLine::value, "message_id"},
    {F::subject, &MailLine::value, "subject"},
    {F::ready, &MailLine::address, "sender"},
    {F::attachment, &MailLine::value, "attachment"},
    {F::attachment_types, &MailLine::value, "attachment_types"},
    {F::incoming_relay, &MailLine::name, "relay"},
    {F::incoming_relay, &MailLine::match, "header"},
    {F::masquerade_sender, &MailLine::value, "from"},
    {F::masquerade_sender, &MailLine::other_value, "to"},
    {F::masquerade_header, &MailLine::match, "header"},
    {F::masquerade_header, &MailLine::value, "from"},
    {F::masquerade_header, &MailLine::other_value, "to"},
    {F::system_mail, &MailLine::address, "sender"},
    {F::system_mail, &MailLine::other_address, "recipient"},
    {F::alias, &MailLine::address, "recipient"},
    {F::alias, &MailLine::value, "mapped_to"},
    {F::policy_match, &MailLine::name, "policy"},
    {F::split, &MailLine::name, "policy"},
    {F::policy_action, &MailLine::name, "policy"},
    {F::antivirus, &MailLine::value, "virus"},
    {F::url_rewritten, &MailLine::value, "url"},
    {F::url_reputation, &MailLine::value, "url"},
    {F::url_category, &MailLine::value, "url"},
    {F::url_category, &MailLine::name, "category"},
    {F::dlp_violation, &MailLine::name, "policy"},
    {F::dlp_violation, &MailLine::verdict, "severity"},
    {F::spf, &MailLine::match, "scope"},
    {F::spf, &MailLine::address, "identity"},
    {F::dkim, &MailLine::host, "domain"},
    {F::dkim, &MailLine::name, "selector"},
    {F::dkim, &MailLine::address, "identity"},
    {F::dkim_signing, &MailLine::name, "profile"},
    {F::dmarc, &MailLine::host, "domain"},
    {F::sender_domain_reputation, &MailLine::match, "category"},
    {F::sender_domain_tracker, &MailLine::value, "tracker"},
    {F::custom_entry, &MailLine::value, "custom_entry"},
    {F::too_big, &MailLine::reason, "most_bytes"},
    {F::ldap, &MailLine::name, "query"},
    {F::ldap, &MailLine::address, "recipient"},
    {F::unsubscribe, &MailLine::match, "entry"},
    {F::unsubscribe, &MailLine::address, "recipient"},
    {F::rewritten, &MailLine::name, "filter"},
    {F::generated, &MailLine::name, "filter"},
    {F::aborted, &MailLine::name, "aborted_by"},
    {F::spam_delivery_start, &MailLine::name, "quarantine"},
    {F::quarantined, &MailLine::name, "quarantine"},
    {F::quarantine_reason, &MailLine::name, "quarantine"},
    {F::quarantine_released, &MailLine::name, "quarantine"},
    {F::quarantine_deleted, &MailLine::name, "quarantine"},
    {F::delivery_connection, &MailLine::ip, "server_ip"},
    {F::delivery_connection, &MailLine::local_ip, "local_ip"},
    {F::delivery_tls, &MailLine::ip, "server_ip"},
    {F::bounced, &MailLine::address, "recipient"},
    {F::bounced, &MailLine::other_address, "sender"},
    {F::delayed, &MailLine::address, "recipient"},
    {F::delayed, &MailLine::other_address, "sender"},
    {F::double_bounce, &MailLine::address, "recipient"},
    {F::double_bounce, &MailLine::other_address, "sender"},
    {F::pending, &MailLine::value, "until"},
    {F::connection_error, &MailLine::ip, "server_ip"},
    {F::connection_error, &MailLine::local_ip, "local_ip"},
    {F::connection_error, &MailLine::host, "server_host"},
    {F::connection_error, &MailLine::value, "details"},
});

constexpr auto kAmounts = std::to_array<std::pair<MailForm, std::string_view>>({
    {F::connection_lost, "seconds"},
    {F::ready, "bytes"},
    {F::system_mail, "recipients_total"},
    {F::threat_level, "threat_level"},
    {F::dlp_violation, "risk_factor"},
    {F::too_big, "bytes"},
    {F::quarantine_released, "seconds"},
    {F::quarantine_deleted, "seconds"},
});

std::string_view name_in(MailForm form, Field field, std::string_view fallback) {
  for (const FormName& entry : kFormNames) {
    if (entry.form == form && entry.field == field) return entry.name;
  }
  return fallback;
}

std::string_view amount_name(MailForm form) {
  for (const auto& [known, name] : kAmounts) {
    if (known == form) return name;
  }
  return "amount";
}

void write_rids(std::string_view rids, RecordWriter& record) {
  if (rids.empty()) return;
  auto& writer = record.writer();
  writer.key("rids").begin_array();
  RidCursor cursor(rids);
  for (std::uint64_t rid = 0; cursor.next(rid);)
    writer.number(rid);
  writer.end_array();
}

/// Headers that the appliance was told to log, as a list: a name may come twice.
void write_headers(std::string_view list, RecordWriter& record) {
  PairCursor pairs(list);
  std::string_view name;
  std::string_view value;
  if (!pairs.next(name, value)) return;
  std::string scratch;
  auto& writer = record.writer();
  writer.key("headers").begin_array();
  do {
    writer.begin_object();
    writer.key("name").string(decode_quoted(name, scratch));
    writer.key("value").string(decode_quoted(value, scratch));
    writer.end_object();
  } while (pairs.next(name, value));
  writer.end_array();
}

void write_reply(std::string_view value, RecordWriter& record) {
  if (value.empty()) return;
  const Reply reply = read_reply(value);
  record.text("response_code", reply.code);
  record.text("response", reply.text);
}

/// Forms whose value is no single text.
bool write_special_value(const MailLine& line, RecordWriter& record) {
  switch (line.form) {
    case MailForm::bounced:
    case MailForm::delayed:
    case MailForm::double_bounce:
    case MailForm::response:
      write_reply(line.value, record);
      return true;
    case MailForm::delivery_done:
      write_headers(line.value, record);
      return true;
    default:
      return false;
  }
}

bool is_literal(Field field) {
  return field == &MailLine::value || field == &MailLine::other_value || field == &MailLine::name ||
         field == &MailLine::match;
}

void write_texts(const MailLine& line, RecordWriter& record) {
  for (const auto& [field, fallback] : kNames) {
    const std::string_view value = line.*field;
    if (value.empty()) continue;
    if (field == &MailLine::value && write_special_value(line, record)) continue;
    const std::string_view name = name_in(line.form, field, fallback);
    if (is_literal(field)) {
      record.decoded(name, value);
    } else {
      record.text(name, value);
    }
  }
}

void write_line(const MailLine& line, const ecs::ReaderInput& input, RecordWriter& record) {
  record.text("form", name_of(line.form));
  record.number("mid", line.mid);
  record.number("other_mid", line.other_mid);
  record.number("icid", line.icid);
  record.number("dcid", line.dcid);
  record.number("rcid", line.rcid);
  record.number(amount_name(line.form), line.amount);
  write_rids(line.rids, record);
  write_texts(line, record);
  if (line.form == MailForm::pending) {
    write_wall_time("until_time", line.value, zone_of(input.meta), record);
  }
}

}  // namespace

bool read_mail_record(const ecs::ReaderInput& input, std::string& json) {
  RecordWriter record(json);
  const std::string_view text = write_header(input, record);
  record.text("message", text);
  const MailLine line = read_mail_line(text);
  Captures captures;
  const Pattern* const pattern =
      line.form == MailForm::other ? find_pattern(error_patterns(), text, captures) : nullptr;
  if (pattern != nullptr) {
    record.text("form", pattern->form);
    for (const auto& field : captures.fields())
      record.text(field.name, field.value);
  } else if (line.form == MailForm::other) {
    record.text("form", name_of(line.form));
  } else {
    write_line(line, input, record);
  }
  record.end();
  return true;
}

}  // namespace cistern::connectors::cisco_secure_email
