// From a line to the entries that it changes.
#include "connectors/cisco_secure_email/join_space.hpp"
#include "connectors/cisco_secure_email/mail_line_header.hpp"

#include <algorithm>

namespace cistern::connectors::cisco_secure_email {
namespace {

// Numbers beyond are no counters of an appliance.
constexpr std::uint64_t kMostNumber = std::uint64_t{1} << 60;
/// Numbers of messages whose MID was given away.
constexpr std::uint64_t kPastLives = std::uint64_t{1} << 61;
/// Lines of a message may precede its `Start MID` by so long.
constexpr std::int64_t kBeforeStart = 60;

bool is_number(std::uint64_t number) {
  return number < kMostNumber;
}

bool of_connection(MailForm form) {
  return form == MailForm::icid_other ||
         (form >= MailForm::connection_start && form <= MailForm::connection_close);
}

bool of_delivery(MailForm form) {
  return form == MailForm::dcid_other || form == MailForm::delivery_connection ||
         form == MailForm::delivery_tls || form == MailForm::delivery_dane ||
         form == MailForm::connection_error || form == MailForm::delivery_close;
}

}  // namespace

/// A text may hold several lines when it was put together from two halves: the second half began
/// with the rest of a header.
void JoinSpace::apply_text(std::string_view text, LineKey key, Sequence sequence) {
  for (std::size_t at = text.find('\n'); at != std::string_view::npos;
       at = text.find('\n', at + 1)) {
    if (!begins_entry(text.substr(at + 1))) continue;
    apply_text(text.substr(at + 1), key, sequence);
    text = text.substr(0, at);
    break;
  }
  // All lines of a file have headers of one shape: `Mon Mar 18 08:12:01 2024 Info: `.
  constexpr std::size_t kTimeSize = 25;
  constexpr std::size_t kLongestLevel = 12;
  if (text.size() <= kTimeSize) return;
  const std::size_t colon = text.substr(0, kTimeSize + kLongestLevel).find(": ", kTimeSize - 1);
  if (colon == std::string_view::npos) return;
  std::string_view body = text.substr(colon + 2);
  while (!body.empty() && (body.back() == '\r' || body.back() == '\n'))
    body.remove_suffix(1);
  apply(body, key, sequence);
}

void JoinSpace::apply(std::string_view body, LineKey key, Sequence sequence) {
  const MailLine line = read_mail_line(body);
  if (line.form == MailForm::other || line.form == MailForm::status) return;
  switch (line.form) {
    case MailForm::rewritten:
    case MailForm::split:
    case MailForm::generated:
    case MailForm::generated_bounce:
    case MailForm::reinjected:
      return apply_link(line, key, sequence);
    default:
      break;
  }
  if (of_connection(line.form)) apply_connection(line, key);
  if (of_delivery(line.form)) return apply_delivery(line, key);
  if (line.mid != kNoNumber && line.form != MailForm::connection_start) {
    apply_message(line, key, sequence);
  }
}

void JoinSpace::apply_connection(const MailLine& line, LineKey key) {
  // ICID 0 is no connection.
  if (line.icid == 0 || !is_number(line.icid)) return;
  Connection* known = connections_.find(line.icid);
  const bool starts = line.form == MailForm::connection_start;
  if (known != nullptr && starts && known->start != kNever && key > known->last &&
      seconds_of(key) > seconds_of(known->last)) {
    // The counter began again: the old one keeps its facts only in what was told.
    incident("counter_reset");
    connections_.erase(*known);
  }
  Connection& connection = connections_.open(line.icid);
  const auto change = applier_.to_connection(connection, line, key);
  connections_.changed(connection, change.weight);
  if (connection.due == INT64_MAX) {
    const bool closed = connection.closed != kNever;
    schedule(connection, Kind::connection,
             seconds_of(key) + (closed ? times_.connection : times_.idle_connection));
  } else if (connection.closed == key) {
    schedule(connection, Kind::connection, seconds_of(key) + times_.connection);
  }
}

void JoinSpace::apply_delivery(const MailLine& line, LineKey key) {
  if (line.dcid == 0 || !is_number(line.dcid)) return;
  Delivery* known = deliveries_.find(line.dcid);
  if (known != nullptr && line.form == MailForm::delivery_connection && known->closed != kNever &&
      key > known->closed) {
    incident("counter_reset");
    deliveries_.erase(*known);
  }
  Delivery& delivery = deliveries_.open(line.dcid);
  const auto change = applier_.to_delivery(delivery, line, key);
  deliveries_.changed(delivery, change.weight);
  const bool closed = delivery.closed != kNever;
  schedule(delivery, Kind::delivery,
           seconds_of(key) + (closed ? times_.connection : times_.idle_connection));
}

void JoinSpace::apply_message(const MailLine& line, LineKey key, Sequence sequence) {
  if (!is_number(line.mid)) return incident("bad_number");
  Message* message = message_for(line.mid, key, line.form == MailForm::message_start);
  if (message == nullptr) return;
  if (line.icid != kNoNumber && line.icid != 0 && is_number(line.icid)) {
    hold_connection(*message, line.icid, key);
  }
  const Delivery* delivery =
      line.dcid == kNoNumber || line.dcid == 0 ? nullptr : deliveries_.find(line.dcid);
  const auto change = applier_.to_message(*message, line, key, delivery);
  ++message->lines;
  note(*message, key, sequence, change);
}

/// The message of that number which the line is of; null for a line of an older one that is gone.
Message* JoinSpace::message_for(std::uint64_t mid, LineKey key, bool starts) {
  Message* known = messages_.find(mid);
  if (known != nullptr && known->start != kNever) {
    if (starts && key > known->start && seconds_of(key) > seconds_of(known->start)) {
      begin_new_life(*known);
      known = nullptr;
    } else if (seconds_of(key) + kBeforeStart < seconds_of(known->start)) {
      incident("older_life");
      return nullptr;
    }
  }
  if (known != nullptr) return known;
  Message& made = messages_.open(mid);
  made.mid = mid;
  return &made;
}

/// The appliance's counters were reset: the message that had the number keeps what is known of it
/// under a number of its own until it is told.
void JoinSpace::begin_new_life(Message& old) {
  incident("counter_reset");
  if (old.settled && !old.news) return forget(old);
  Message& moved = messages_.open(kPastLives | ++past_lives_);
  own_changed_ = true;
  const Entry place = moved;
  const std::int64_t weight = old.weight;
  moved = old;
  static_cast<Entry&>(moved) = place;
  moved.first = old.first;
  moved.last = old.last;
  moved.past_life = true;
  if (old.icid_held) {
    old.icid_held = false;  // The moved one holds it now.
  }
  messages_.changed(moved, weight - moved.weight);
  messages_.erase(old);
  ready_.push_back({Kind::message, moved.number});
}

void JoinSpace::hold_connection(Message& message, std::uint64_t icid, LineKey key) {
  if (message.icid != kNoNumber) return;
  message.icid = icid;
  message.icid_held = true;
  Connection& connection = connections_.open(icid);
  ++connection.messages;
  connection.said(key);
  connections_.changed(connection);
  if (connection.due == INT64_MAX) {
    schedule(connection, Kind::connection, seconds_of(key) + times_.idle_connection);
  }
}

void JoinSpace::note(Message& message, LineKey key, Sequence sequence,
                     const LineApplier::Change& change) {
  message.said(key);
  if (message.first_sequence == 0) message.first_sequence = sequence;
  message.first_sequence = std::min(message.first_sequence, sequence);
  message.last_sequence = std::max(message.last_sequence, sequence);
  if (change.changed) message.news = true;
  messages_.changed(message, change.weight);
  plan(message);
}

/// When the message is looked at again.
void JoinSpace::plan(Message& message) {
  const std::int64_t last = seconds_of(message.last);
  if (message.finish != kNever || message.settled) {
    return schedule(message, Kind::message, last + times_.grace);
  }
  if (message.abort != kNever || !message.ready) {
    return schedule(message, Kind::message, last + times_.receiving);
  }
  schedule(message, Kind::message, last + times_.idle);
}

/// `mid` and `other_mid` of the line, as the vendor orders them.
void JoinSpace::apply_link(const MailLine& line, LineKey key, Sequence sequence) {
  std::uint64_t parent = line.mid;
  std::uint64_t child = line.other_mid;
  Relation relation = Relation::rewritten;
  if (line.form == MailForm::split) relation = Relation::split;
  if (line.form == MailForm::reinjected) relation = Relation::reinjected;
  if (line.form == MailForm::generated) relation = Relation::copy;
  if (line.form == MailForm::generated_bounce) relation = Relation::bounce_report;
  if (!continues(relation)) std::swap(parent, child);
  if (!is_number(parent) || !is_number(child) || parent == child) return incident("bad_number");
  // The line is the first of its child, or comes among the first: an old one of that number is
  // another message.
  Message* old = messages_.find(child);
  if (old != nullptr && seconds_of(key) > seconds_of(old->last) + kBeforeStart)
    begin_new_life(*old);
  if (Message* made = message_for(child, key, false)) {
    auto change = applier_.to_message(*made, line, key, nullptr);
    const auto link = LineApplier::to_child(*made, parent, relation, key);
    change.changed = change.changed || link.changed;
    if (!continues(relation)) ++made->lines;
    note(*made, key, sequence, change);
  }
  // A copy's origin is told by itself, so it is not waited for.
  Message* origin = continues(relation) ? message_for(parent, key, false) : messages_.find(parent);
  if (origin == nullptr) return;
  const auto link = LineApplier::to_parent(*origin, child, relation, key);
  if (line.form == MailForm::reinjected) {
    for (Stay& stay : origin->stays) {
      if (stay.left != kNever || stay.entered > key) continue;
      stay.left = key;
      stay.released = true;
    }
  }
  if (continues(relation)) ++origin->lines;
  note(*origin, key, sequence, link);
}

}  // namespace cistern::connectors::cisco_secure_email
