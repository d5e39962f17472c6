#include "connectors/cisco_secure_email/join_apply.hpp"

#include "connectors/cisco_secure_email/mail_line_value.hpp"

#include <algorithm>

namespace cistern::connectors::cisco_secure_email {
namespace {

void starts(LineKey& first, LineKey key) {
  if (first == kNever || key < first) first = key;
}

}  // namespace

// ---- tools ----

void LineApplier::noted(const FactSet::Change& change) {
  change_.changed = change_.changed || change.changed;
  change_.weight += change.weight;
}

void LineApplier::set(FactKind kind, std::string_view text) {
  if (text.empty() && kind != FactKind::sender) return;
  if (change_.weight + static_cast<std::int64_t>(text.size()) > room_) return;
  noted(facts_->set(kind, key_, text));
}

void LineApplier::set_decoded(FactKind kind, std::string_view quoted) {
  set(kind, decode_quoted(quoted, scratch_));
}

void LineApplier::add(FactKind kind, std::string_view text, std::size_t most,
                      std::uint32_t& left_out) {
  if (text.empty()) return;
  if (change_.weight + static_cast<std::int64_t>(text.size()) > room_) {
    ++left_out;
    return;
  }
  noted(facts_->add(kind, key_, text, most, left_out));
}

void LineApplier::text(std::string& field, std::string_view value, std::size_t most) {
  value = bounded_text(value, most);
  if (field == value) return;
  change_.changed = true;
  change_.weight +=
      static_cast<std::int64_t>(value.size()) - static_cast<std::int64_t>(field.size());
  field = value;
}

// ---- connections ----

LineApplier::Change LineApplier::to_connection(Connection& connection, const MailLine& line,
                                               LineKey key) {
  facts_ = &connection.facts;
  key_ = key;
  change_ = {};
  room_ = kMostWeight - connection.weight;
  switch (line.form) {
    case MailForm::connection_start:
      starts(connection.start, key);
      set(FactKind::listener, line.name);
      set(FactKind::listener_ip, line.local_ip);
      set(FactKind::client_ip, line.ip);
      set(FactKind::reverse_dns, line.host);
      set(FactKind::verified, line.verdict);
      break;
    case MailForm::connection_policy:
      set(FactKind::access, line.verdict);
      set(FactKind::sender_group, line.name);
      set(FactKind::match, line.match);
      set(FactKind::reputation, line.score);
      set(FactKind::country, line.country);
      break;
    case MailForm::connection_tls:
      set(FactKind::tls, line.verdict);
      set(FactKind::tls_protocol, line.protocol);
      set(FactKind::tls_cipher, line.cipher);
      set(FactKind::tls_reason, line.reason);
      break;
    case MailForm::authentication:
      set(FactKind::user, line.user);
      set(FactKind::auth_mechanism, line.protocol);
      set(FactKind::auth_profile, line.name);
      set(FactKind::auth_outcome, line.verdict);
      break;
    case MailForm::receiving_failed:
    case MailForm::connection_timed_out:
      set(FactKind::failure, line.reason);
      break;
    case MailForm::connection_lost:
    case MailForm::connection_close:
      connection.closed = std::max(connection.closed, key);
      break;
    default:
      break;
  }
  connection.said(key);
  return change_;
}

LineApplier::Change LineApplier::to_delivery(Delivery& delivery, const MailLine& line,
                                             LineKey key) {
  facts_ = &delivery.facts;
  key_ = key;
  change_ = {};
  room_ = kMostWeight - delivery.weight;
  switch (line.form) {
    case MailForm::delivery_connection:
      set(FactKind::delivery_ip, line.ip);
      set(FactKind::delivery_local_ip, line.local_ip);
      set(FactKind::delivery_port, line.port);
      break;
    case MailForm::delivery_tls:
      set(FactKind::delivery_tls, line.verdict);
      set(FactKind::delivery_protocol, line.protocol);
      set(FactKind::delivery_cipher, line.cipher);
      break;
    case MailForm::connection_error:
      set(FactKind::delivery_ip, line.ip);
      set(FactKind::failure, line.reason);
      break;
    case MailForm::delivery_close:
      delivery.closed = std::max(delivery.closed, key);
      break;
    default:
      break;
  }
  delivery.said(key);
  return change_;
}

// ---- messages ----

LineApplier::Change LineApplier::to_message(Message& message, const MailLine& line, LineKey key,
                                            const Delivery* delivery) {
  facts_ = &message.facts;
  key_ = key;
  change_ = {};
  room_ = kMostWeight - message.weight;
  message.said(key);
  if (line.form <= MailForm::alias) {
    incoming(message, line);
  } else if (line.form <= MailForm::unsubscribe) {
    scanning(message, line);
  } else if (line.form >= MailForm::spam_tagged && line.form <= MailForm::quarantine_deleted) {
    quarantine(message, line);
  } else if (line.form >= MailForm::queued && line.form <= MailForm::delivery_close) {
    outgoing(message, line, delivery);
  } else {
    ending(message, line);
  }
  return change_;
}

void LineApplier::incoming(Message& message, const MailLine& line) {
  switch (line.form) {
    case MailForm::message_start:
      starts(message.start, key_);
      change_.changed = true;
      break;
    case MailForm::sender:
      set(FactKind::sender, line.address);
      break;
    case MailForm::recipient:
      recipients(message, line);
      break;
    case MailForm::recipient_rejected:
    case MailForm::invalid_bounce:
      rejected(message, line);
      break;
    case MailForm::message_id:
      set_decoded(FactKind::message_id, line.value);
      break;
    case MailForm::subject:
      set_decoded(FactKind::subject, line.value);
      break;
    case MailForm::ready:
      message.ready = true;
      if (line.amount != kNoNumber) set(FactKind::size, std::to_string(line.amount));
      break;
    case MailForm::attachment:
      add(FactKind::attachment, decode_quoted(line.value, scratch_), kMostListed, message.left_out);
      break;
    case MailForm::incoming_relay:
      set(FactKind::relay_ip, line.ip);
      break;
    case MailForm::masquerade_sender:
      set_decoded(FactKind::sender, line.other_value);
      break;
    case MailForm::system_mail:
      set(FactKind::sender, line.address);
      break;
    default:
      break;
  }
}

void LineApplier::engine_verdict(const MailLine& line) {
  // What the cache gave is said again by the engine whose verdict it is.
  if (line.engine == "GRAYMAIL") return set(FactKind::graymail, line.verdict);
  if (line.engine.starts_with("SPF")) return;
  set(FactKind::antispam, line.verdict);
}

void LineApplier::scanning(Message& message, const MailLine& line) {
  switch (line.form) {
    case MailForm::policy_match:
      set(FactKind::policy, line.name);
      set(FactKind::direction, line.direction);
      break;
    case MailForm::interim_engine_verdict:
      set(FactKind::interim_antispam, line.verdict);
      break;
    case MailForm::engine_verdict:
      engine_verdict(line);
      break;
    case MailForm::interim_antivirus:
      set(FactKind::interim_antivirus, line.verdict);
      break;
    case MailForm::antivirus:
      set(FactKind::antivirus, line.verdict);
      set_decoded(FactKind::virus, line.value);
      break;
    case MailForm::file_reputation:
      set(FactKind::file_reputation, line.verdict);
      break;
    case MailForm::outbreak:
      set(FactKind::outbreak, line.verdict);
      break;
    case MailForm::threat_level:
      if (line.amount != kNoNumber) set(FactKind::threat_level, std::to_string(line.amount));
      break;
    case MailForm::url_rewritten:
    case MailForm::url_reputation:
    case MailForm::url_category:
      add(FactKind::url, decode_quoted(line.value, scratch_), kMostUrls, message.urls_left_out);
      break;
    case MailForm::dlp_violation:
      set(FactKind::dlp, line.verdict);
      set_decoded(FactKind::dlp_policy, line.name);
      break;
    case MailForm::dlp_no_violation:
      set(FactKind::dlp, "no violation");
      break;
    case MailForm::spf:
      set(line.match == "helo"  ? FactKind::spf_helo
          : line.match == "pra" ? FactKind::spf_pra
                                : FactKind::spf_mailfrom,
          line.verdict);
      break;
    case MailForm::dkim:
      set(FactKind::dkim, line.verdict);
      break;
    case MailForm::dmarc:
      set(FactKind::dmarc, line.verdict);
      break;
    case MailForm::sender_domain_reputation:
      set(FactKind::sender_domain, line.verdict);
      break;
    case MailForm::custom_entry:
      add(FactKind::custom, line.value, kMostListed, message.left_out);
      break;
    default:
      break;
  }
}

}  // namespace cistern::connectors::cisco_secure_email
