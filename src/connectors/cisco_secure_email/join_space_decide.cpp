// When a message is told, and what is known of it then.
#include "base/time.hpp"
#include "connectors/cisco_secure_email/join_space.hpp"

#include <algorithm>

namespace cistern::connectors::cisco_secure_email {
namespace {

bool has_outcome(const Message& message) {
  const bool decided = std::any_of(
      message.recipients.begin(), message.recipients.end(),
      [](const Recipient& one) { return one.fate != Fate::unknown && one.fate != Fate::rejected; });
  return decided || message.queued || message.abort != kNever || !message.stays.empty();
}

bool lies_in_quarantine(const Message& message) {
  return std::any_of(message.stays.begin(), message.stays.end(),
                     [](const Stay& stay) { return stay.left == kNever; });
}

}  // namespace

// ---- waiting ----

void JoinSpace::schedule(Entry& entry, Kind kind, std::int64_t at) {
  if (at >= entry.due) return;
  entry.due = at;
  if (at <= clock_at(seconds_of(entry.last))) {
    ready_.push_back({kind, entry.number, at});
  } else {
    due_[at].push_back({kind, entry.number, at});
  }
}

/// What cannot be decided although its time has come waits for a change of what is known.
void JoinSpace::wait_until(Entry& entry, Kind kind, std::int64_t at) {
  if (at <= clock_at(seconds_of(entry.last))) return block(entry, kind);
  schedule(entry, kind, at);
}

void JoinSpace::block(Entry& entry, Kind kind) {
  entry.due = INT64_MIN;
  blocked_.push_back({kind, entry.number, kAnyTime});
}

/// How far the log is known from that second on.
std::int64_t JoinSpace::clock_at(std::int64_t seconds) const {
  const Span* span = span_of(seconds);
  return span == nullptr ? INT64_MIN : span->end;
}

bool JoinSpace::reached(std::int64_t from, std::int64_t to) const {
  const Span* span = span_of(from);
  if (span == nullptr || from < span->begin || span->end < from || span->end < to) return false;
  // While a file is read that came too late to be waited for, more is to come behind its last line.
  return std::none_of(order_.begin(), order_.end(), [&](const Span* part) {
    return part != span && inside(*part, *span) && part->end < to;
  });
}

// ---- what is known ----

MessageView JoinSpace::view_of(const Message& message) const {
  MessageView view;
  view.own = &message;
  const Message* at = &message;
  while (continues(at->relation) && view.ancestors.size() < kMostAncestors) {
    const Message* parent = messages_.find(at->parent);
    if (parent == nullptr || parent == &message) break;
    view.ancestors.push_back(parent);
    at = parent;
  }
  std::uint64_t icid = message.icid;
  for (const Message* ancestor : view.ancestors) {
    if (icid == kNoNumber) icid = ancestor->icid;
  }
  if (icid != kNoNumber) view.connection = connections_.find(icid);
  for (const Child& child : message.children) {
    if (child.relation != Relation::split) continue;
    if (const Message* part = messages_.find(child.mid)) view.parts.push_back(part);
  }
  return view;
}

/// Whether the beginnings of all that it is made of were seen.
bool JoinSpace::head_known(const MessageView& view) const {
  const auto begun = [](const Message& message) {
    return message.start != kNever || message.relation != Relation::none;
  };
  const Message& root = view.root();
  if (!begun(*view.own) || !begun(root) || continues(root.relation)) return false;
  const bool connected = view.own->icid != kNoNumber || root.icid != kNoNumber;
  return !connected || (view.connection != nullptr && view.connection->start != kNever);
}

void JoinSpace::explain(MessageView& view) const {
  const Message& root = view.root();
  if (continues(root.relation)) view.incomplete.push_back("parent");
  if (root.start == kNever && root.relation == Relation::none) view.incomplete.push_back("head");
  const bool connected = view.own->icid != kNoNumber || root.icid != kNoNumber;
  if (connected && (view.connection == nullptr || view.connection->start == kNever)) {
    view.incomplete.push_back("connection");
  }
  const std::int64_t first = seconds_of(root.first);
  const std::int64_t last = seconds_of(view.own->last);
  const bool gap = std::any_of(gaps_.begin(), gaps_.end(), [&](const auto& one) {
    return one.first <= last && first <= one.second;
  });
  if (gap) view.incomplete.push_back("gap");
}

/// Whether its children are told in its place.
bool JoinSpace::folded(const Message& message) const {
  bool split = false;
  for (const Child& child : message.children) {
    if (child.relation == Relation::rewritten) return true;
    split = split || child.relation == Relation::split;
  }
  return split && !has_outcome(message);
}

bool JoinSpace::has_heirs(const Message& message) {
  return std::any_of(message.children.begin(), message.children.end(), [](const Child& child) {
    return continues(child.relation) && !child.settled;
  });
}

// ---- the decision ----

JoinSpace::Judgement JoinSpace::judge(const Message& message) const {
  if (message.past_life) return {message.settled && !message.news ? What::forget : What::tell, 0};
  if (folded(message)) {
    const std::int64_t at = seconds_of(message.last) + times_.expire;
    if (has_heirs(message) && !reached(seconds_of(message.last), at)) return {What::wait, at};
    if (has_heirs(message) || message.finish != kNever || message.settled) return {What::forget, 0};
  }
  if (message.settled) return judge_told(message);
  if (message.finish != kNever || message.abort != kNever) return judge_ended(message);
  return judge_open(message);
}

JoinSpace::Judgement JoinSpace::judge_told(const Message& message) const {
  const std::int64_t last = seconds_of(message.last);
  if (message.news && (resting_ || reached(last, last + times_.grace))) return {What::tell, 0};
  if (message.news) return {What::wait, last + times_.grace};
  // What goes on for it needs what is known of it.
  if (has_heirs(message)) return {What::wait, last + times_.expire};
  const std::int64_t keep =
      lies_in_quarantine(message) ? times_.keep_quarantined : times_.keep_told;
  return reached(last, last + keep) ? Judgement{What::forget, 0}
                                    : Judgement{What::wait, last + keep};
}

// It is told when the log is known without a gap from its beginning to a little after its end, or
// when what is missing is not waited for any more.
JoinSpace::Judgement JoinSpace::judge_ended(const Message& message) const {
  const MessageView view = view_of(message);
  const std::int64_t first = seconds_of(view.root().first);
  const std::int64_t last = seconds_of(message.last);
  const Span* span = span_of(first);
  if (span == nullptr || (!head_known(view) && !span->before_known)) return {What::blocked, 0};
  const std::int64_t at = last + (message.finish != kNever ? times_.grace : times_.receiving);
  if (reached(first, at) || (resting_ && reached(first, last))) return {What::tell, 0};
  return reached(first, last) ? Judgement{What::wait, at} : Judgement{What::blocked, 0};
}

JoinSpace::Judgement JoinSpace::judge_open(const Message& message) const {
  const std::int64_t last = seconds_of(message.last);
  if (!message.ready && message.start != kNever && message.relation == Relation::none) {
    const MessageView view = view_of(message);
    if (view.connection != nullptr && view.connection->closed != kNever) {
      const std::int64_t closed = seconds_of(view.connection->closed);
      const std::int64_t at = std::max(closed, last) + times_.receiving;
      return reached(last, at) ? Judgement{What::tell, 0} : Judgement{What::wait, at};
    }
  }
  if (reached(last, last + times_.expire)) return {What::expire, 0};
  const std::int64_t idle = last + times_.idle;
  if (message.news && reached(last, idle)) return {What::snapshot, 0};
  if (message.news && message.ready) return {What::wait, idle};
  if (message.news) {
    // Its connection may close at any time.
    const std::int64_t next = clock_at(last) + times_.receiving;
    return {What::wait, std::min(idle, next)};
  }
  return {What::wait, last + times_.expire};
}

// ---- what comes of it ----

void JoinSpace::look_at(const Ref& ref, DerivedRecords& out) {
  const auto due = [&](Entry& entry) {
    if (ref.at != kAnyTime && entry.due != ref.at) return false;
    entry.due = INT64_MAX;
    return true;
  };
  switch (ref.kind) {
    case Kind::message:
      if (Message* message = messages_.find(ref.number); message != nullptr && due(*message)) {
        act(*message, judge(*message), out);
      }
      return;
    case Kind::connection:
      if (Connection* one = connections_.find(ref.number); one != nullptr && due(*one)) {
        look_at_connection(*one);
      }
      return;
    case Kind::delivery:
      if (Delivery* one = deliveries_.find(ref.number); one != nullptr && due(*one)) {
        look_at_delivery(*one);
      }
      return;
  }
}

void JoinSpace::act(Message& message, const Judgement& judgement, DerivedRecords& out) {
  switch (judgement.what) {
    case What::wait:
      return wait_until(message, Kind::message, judgement.at);
    case What::blocked:
      return block(message, Kind::message);
    case What::tell:
      tell(message, out, false, {});
      if (message.past_life) return forget(message);
      return schedule(message, Kind::message, seconds_of(message.last) + times_.keep_told);
    case What::snapshot:
      tell(message, out, true, {});
      return schedule(message, Kind::message, seconds_of(message.last) + times_.expire);
    case What::expire:
      tell(message, out, false, "expired");
      return forget(message);
    case What::forget:
      return forget(message);
  }
}

void JoinSpace::tell(Message& message, DerivedRecords& out, bool partial, std::string_view reason) {
  MessageView view = view_of(message);
  view.partial = partial;
  view.expired = reason == "expired";
  explain(view);
  if (message.past_life && message.finish == kNever) view.incomplete.push_back("counter reset");
  if (!reason.empty()) view.incomplete.push_back(reason);
  if (!view.incomplete.empty()) incident("incomplete_message");
  const Span* span = span_of(seconds_of(message.last));
  EventFrame frame{
      .appliance = appliance_,
      .file_facts = span == nullptr ? std::string_view{} : std::string_view{span->facts_of_file},
      .revision = message.revision + 1,
      .supersedes = message.event};
  buffer_.clear();
  write_event(buffer_, view, frame);
  const std::string meta = R"({"derived_from":{"stream":"mail","first":)" +
                           std::to_string(message.first_sequence) + R"(,"last":)" +
                           std::to_string(message.last_sequence) + "}}";
  message.revision = frame.revision;
  message.event = event_identity(view, appliance_, frame.revision);
  message.news = false;
  message.settled = message.settled || !partial;
  out.add(message.event, "message", TimePoint{std::chrono::seconds{seconds_of(message.last)}}, meta,
          buffer_);
  messages_.changed(message);
}

void JoinSpace::forget(Message& message) {
  if (message.icid_held) {
    if (Connection* connection = connections_.find(message.icid)) {
      if (connection->messages > 0) --connection->messages;
      if (connection->messages == 0) {
        ready_.push_back({Kind::connection, connection->number, kAnyTime});
      }
    }
  }
  if (continues(message.relation)) {
    if (Message* parent = messages_.find(message.parent)) {
      for (Child& child : parent->children)
        child.settled = child.settled || child.mid == message.mid;
      messages_.changed(*parent);
      ready_.push_back({Kind::message, parent->number, kAnyTime});
    }
  }
  messages_.erase(message);
}

void JoinSpace::look_at_connection(Connection& connection) {
  const std::int64_t last = seconds_of(connection.last);
  const bool closed = connection.closed != kNever;
  const std::int64_t at = last + (closed ? times_.connection : times_.idle_connection);
  if (!reached(last, at)) return wait_until(connection, Kind::connection, at);
  // With the last of its messages it is looked at again.
  if (connection.messages == 0) connections_.erase(connection);
}

void JoinSpace::look_at_delivery(Delivery& delivery) {
  const std::int64_t last = seconds_of(delivery.last);
  const bool closed = delivery.closed != kNever;
  const std::int64_t at = last + (closed ? times_.connection : times_.idle_connection);
  if (!reached(last, at)) return wait_until(delivery, Kind::delivery, at);
  deliveries_.erase(delivery);
}

// ---- bounds ----

/// What was not touched for the longest time gives way; a message is told before.
bool JoinSpace::make_room(DerivedRecords& out) {
  while (connections_.size() > bounds_.connections) {
    incident("connections");
    connections_.erase(*connections_.oldest());
  }
  while (deliveries_.size() > bounds_.deliveries) {
    incident("deliveries");
    deliveries_.erase(*deliveries_.oldest());
  }
  if (messages_.size() <= bounds_.messages && messages_.weight() <= bounds_.message_bytes) {
    return false;
  }
  Message& oldest = *messages_.oldest();
  if (!oldest.settled || oldest.news) {
    incident("messages");
    if (!folded(oldest)) tell(oldest, out, false, "bound");
  }
  forget(oldest);
  return true;
}

bool JoinSpace::settle(DerivedRecords& out, std::uint64_t most_bytes) {
  while (out.size() < most_bytes && unsaved_bytes() < most_bytes) {
    if (make_room(out)) continue;
    if (ready_.empty()) return false;
    const Ref ref = ready_.front();
    ready_.pop_front();
    look_at(ref, out);
  }
  return !ready_.empty() || messages_.size() > bounds_.messages ||
         messages_.weight() > bounds_.message_bytes;
}

}  // namespace cistern::connectors::cisco_secure_email
