// What becomes of a message's recipients, its stays in quarantines, its end and its children.
#include "connectors/cisco_secure_email/join_apply.hpp"
#include "connectors/cisco_secure_email/mail_line_value.hpp"

#include <algorithm>

namespace cistern::connectors::cisco_secure_email {
namespace {

constexpr std::string_view kSpamQuarantine = "spam quarantine";

}  // namespace

// ---- recipients ----

Recipient* LineApplier::recipient(Message& message, std::uint64_t rid) {
  auto& all = message.recipients;
  if (rid < all.size() && all[rid].rid == rid) return &all[rid];
  const auto at =
      std::lower_bound(all.begin(), all.end(), rid,
                       [](const Recipient& one, std::uint64_t number) { return one.rid < number; });
  if (at != all.end() && at->rid == rid) return &*at;
  constexpr std::int64_t kRecipientWeight = 96;
  if (all.size() >= kMostRecipients || change_.weight + kRecipientWeight > room_) return nullptr;
  change_.weight += kRecipientWeight;
  change_.changed = true;
  Recipient made;
  made.rid = rid;
  return &*all.insert(at, std::move(made));
}

void LineApplier::recipients(Message& message, const MailLine& line) {
  std::uint64_t rid = 0;
  for (RidCursor rids{line.rids}; rids.next(rid);) {
    if (Recipient* one = recipient(message, rid)) {
      text(one->address, line.address, 512);
    } else {
      ++message.recipients_left_out;
    }
  }
}

void LineApplier::rejected(Message& message, const MailLine& line) {
  auto& all = message.recipients;
  const bool known = std::any_of(all.begin(), all.end(), [&](const Recipient& one) {
    return one.rid == kNoNumber && one.address == line.address;
  });
  if (known) return;
  const auto weight = static_cast<std::int64_t>(96 + line.address.size());
  if (all.size() >= kMostRecipients || change_.weight + weight > room_) {
    ++message.recipients_left_out;
    return;
  }
  Recipient one;
  one.fate = Fate::rejected;
  one.fate_key = key_;
  one.address = bounded_text(line.address, 512);
  one.response = bounded_text(line.name.empty() ? line.reason : line.name, 512);
  all.push_back(std::move(one));
  change_.changed = true;
  change_.weight += weight;
}

// A bounce or a delivery is final; of two that are equally final, the later one stands.
void LineApplier::decide(Message& message, const MailLine& line, Fate fate,
                         const Delivery* delivery) {
  std::string_view ip =
      delivery == nullptr ? std::string_view{} : delivery->facts.text(FactKind::delivery_ip);
  Reply reply;
  if (!line.value.empty() && line.form != MailForm::delivery_done) reply = read_reply(line.value);
  std::uint64_t rid = 0;
  for (RidCursor rids{line.rids}; rids.next(rid);) {
    Recipient* one = recipient(message, rid);
    if (one == nullptr) continue;
    if (!line.address.empty() && one->address.empty()) text(one->address, line.address, 512);
    if (fate < one->fate || (fate == one->fate && key_ < one->fate_key)) continue;
    if (fate > one->fate) one->response_key = std::min(one->response_key, key_);
    one->fate = fate;
    one->fate_key = key_;
    change_.changed = true;
    if (line.dcid != kNoNumber) one->dcid = line.dcid;
    if (!ip.empty()) text(one->ip, ip, 64);
    text(one->code, line.code, 32);
    if (fate == Fate::delivered) continue;  // Its reply comes in a line of its own.
    text(one->response, reply.text.empty() ? line.reason : std::string_view{reply.text}, 512);
    one->response_key = key_;
  }
}

void LineApplier::respond(Message& message, const MailLine& line) {
  std::uint64_t rid = 0;
  const auto reply = decode_quoted(line.value, scratch_);
  for (RidCursor rids{line.rids}; rids.next(rid);) {
    Recipient* one = recipient(message, rid);
    if (one == nullptr || key_ < one->response_key) continue;
    one->response_key = key_;
    text(one->response, reply, 512);
  }
}

// ---- quarantines ----

void LineApplier::enter(Message& message, std::string_view name, std::string_view reason) {
  for (Stay& stay : message.stays) {
    if (stay.name != name || (stay.left != kNever && stay.left < key_)) continue;
    if (stay.entered == kNever || key_ < stay.entered) stay.entered = key_;
    text(stay.reason, reason, 256);
    return;
  }
  if (message.stays.size() >= kMostStays) {
    ++message.left_out;
    return;
  }
  Stay stay;
  stay.name = bounded_text(name, 256);
  stay.reason = bounded_text(reason, 256);
  stay.entered = key_;
  change_.changed = true;
  change_.weight += static_cast<std::int64_t>(96 + stay.name.size() + stay.reason.size());
  message.stays.push_back(std::move(stay));
}

// No name: it left all of them.
void LineApplier::leave(Message& message, std::string_view name, bool released) {
  bool known = false;
  for (Stay& stay : message.stays) {
    if (!name.empty() && stay.name != name) continue;
    if (stay.entered > key_) continue;
    known = true;
    if (stay.left != kNever && stay.left >= key_) continue;
    stay.left = key_;
    stay.released = released;
    change_.changed = true;
  }
  if (known || message.stays.size() >= kMostStays) return;
  Stay stay;
  stay.name = bounded_text(name, 256);
  stay.left = key_;
  stay.released = released;
  change_.changed = true;
  change_.weight += static_cast<std::int64_t>(96 + stay.name.size());
  message.stays.push_back(std::move(stay));
}

void LineApplier::quarantine(Message& message, const MailLine& line) {
  switch (line.form) {
    case MailForm::spam_quarantined:
      return enter(message, kSpamQuarantine, {});
    case MailForm::quarantined:
    case MailForm::quarantine_reason:
      return enter(message, decode_quoted(line.name, scratch_), line.reason);
    case MailForm::quarantine_released:
      return leave(message, decode_quoted(line.name, scratch_), true);
    case MailForm::quarantine_deleted:
      return leave(message, decode_quoted(line.name, scratch_), false);
    default:
      return;
  }
}

// ---- the way out ----

void LineApplier::outgoing(Message& message, const MailLine& line, const Delivery* delivery) {
  if (line.dcid != kNoNumber && line.dcid != 0) {
    add(FactKind::dcid, std::to_string(line.dcid), kMostDeliveries, message.left_out);
  }
  if (delivery != nullptr && line.form != MailForm::response) {
    for (const FactKind kind :
         {FactKind::delivery_ip, FactKind::delivery_local_ip, FactKind::delivery_port,
          FactKind::delivery_tls, FactKind::delivery_protocol, FactKind::delivery_cipher})
      set(kind, delivery->facts.text(kind));
  }
  switch (line.form) {
    case MailForm::queued:
      message.queued = true;
      break;
    case MailForm::delivery_done: {
      decide(message, line, Fate::delivered, delivery);
      std::string_view name;
      std::string_view value;
      for (PairCursor pairs{line.value}; pairs.next(name, value);) {
        if (decode_quoted(name, scratch_) == "from") set_decoded(FactKind::header_from, value);
      }
      break;
    }
    case MailForm::response:
      respond(message, line);
      break;
    case MailForm::bounced:
    case MailForm::double_bounce:
      decide(message, line, Fate::bounced, delivery);
      break;
    case MailForm::delayed:
      decide(message, line, Fate::deferred, delivery);
      break;
    case MailForm::recipients_deleted:
      decide(message, line, Fate::dropped, delivery);
      break;
    default:
      break;
  }
}

void LineApplier::ending(Message& message, const MailLine& line) {
  switch (line.form) {
    case MailForm::aborted:
      message.abort = std::max(message.abort, key_);
      set(FactKind::abort_verdict, line.verdict);
      set(FactKind::abort_reason, line.reason);
      if (!line.name.empty()) {
        add(FactKind::filter, decode_quoted(line.name, scratch_), kMostListed, message.left_out);
      }
      set(FactKind::direction, line.direction);
      break;
    case MailForm::policy_action:
      set(FactKind::abort_verdict, line.verdict);
      set(FactKind::policy, line.name);
      set(FactKind::direction, line.direction);
      break;
    case MailForm::finished:
      message.finish = std::max(message.finish, key_);
      message.finish_done = line.verdict == "done";
      change_.changed = true;
      break;
    case MailForm::rewritten:
    case MailForm::generated:
      if (!line.name.empty()) {
        add(FactKind::filter, decode_quoted(line.name, scratch_), kMostListed, message.left_out);
      }
      break;
    default:
      break;
  }
}

// ---- one message becomes another ----

LineApplier::Change LineApplier::to_child(Message& child, std::uint64_t parent, Relation relation,
                                          LineKey key) {
  // A message has one origin: what is said first stands.
  if (child.parent != kNoNumber && child.relation_key <= key) return {};
  const bool same = child.parent == parent && child.relation == relation;
  child.parent = parent;
  child.relation = relation;
  child.relation_key = key;
  return {!same, 0};
}

LineApplier::Change LineApplier::to_parent(Message& parent, std::uint64_t child, Relation relation,
                                           LineKey key) {
  parent.said(key);
  const bool known =
      std::any_of(parent.children.begin(), parent.children.end(),
                  [&](const Child& one) { return one.mid == child && one.relation == relation; });
  if (known) return {};
  if (parent.children.size() >= kMostChildren) {
    ++parent.left_out;
    return {};
  }
  parent.children.push_back({child, relation, false});
  return {true, 32};
}

}  // namespace cistern::connectors::cisco_secure_email
