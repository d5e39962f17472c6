#include "connectors/cisco_secure_email/join_entries.hpp"

#include "connectors/cisco_secure_email/join_state.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace cistern::connectors::cisco_secure_email {
namespace {

// The first number of every stored entry; one that this program does not know is not guessed at.
constexpr std::int64_t kVersion = 1;

std::int64_t as_number(std::uint64_t value) {
  return value == kNoNumber ? -1 : static_cast<std::int64_t>(value);
}
std::uint64_t from_number(std::int64_t value) {
  return value < 0 ? kNoNumber : static_cast<std::uint64_t>(value);
}

void put_entry(StateWriter& out, const Entry& entry) {
  out.number(kVersion).number(entry.weight).number(entry.first).number(entry.last);
}
bool take_entry(StateReader& in, Entry& entry) {
  const bool known = in.number() == kVersion;
  entry.weight = in.number();
  entry.first = in.number();
  entry.last = in.number();
  return known;
}

void put_facts(StateWriter& out, const FactSet& facts) {
  out.count(facts.all().size());
  for (const Fact& fact : facts.all())
    out.number(static_cast<std::int64_t>(fact.kind)).number(fact.key).text(fact.text);
}
void take_facts(StateReader& in, FactSet& facts) {
  for (std::uint64_t left = in.count(); left > 0 && in.sound(); --left) {
    const auto kind = in.number();
    const auto key = in.number();
    const auto text = in.text();
    if (kind < 0 || kind >= static_cast<std::int64_t>(FactKind::count)) continue;
    facts.restore({static_cast<FactKind>(kind), key, std::string{text}});
  }
}

void put(StateWriter& out, const Recipient& one) {
  out.number(as_number(one.rid)).text(one.address).number(static_cast<std::int64_t>(one.fate));
  out.number(one.fate_key).number(as_number(one.dcid)).text(one.ip).text(one.code);
  out.text(one.response).number(one.response_key);
}
Recipient take_recipient(StateReader& in) {
  Recipient one;
  one.rid = from_number(in.number());
  one.address = in.text();
  one.fate = static_cast<Fate>(std::clamp<std::int64_t>(in.number(), 0, 6));
  one.fate_key = in.number();
  one.dcid = from_number(in.number());
  one.ip = in.text();
  one.code = in.text();
  one.response = in.text();
  one.response_key = in.number();
  return one;
}

void put(StateWriter& out, const Stay& stay) {
  out.text(stay.name).text(stay.reason).number(stay.entered).number(stay.left);
  out.number(stay.released ? 1 : 0);
}
Stay take_stay(StateReader& in) {
  Stay stay;
  stay.name = in.text();
  stay.reason = in.text();
  stay.entered = in.number();
  stay.left = in.number();
  stay.released = in.number() == 1;
  return stay;
}

Relation relation_from(std::int64_t number) {
  return static_cast<Relation>(std::clamp<std::int64_t>(number, 0, 5));
}

void put(StateWriter& out, const Child& child) {
  out.number(as_number(child.mid)).number(static_cast<std::int64_t>(child.relation));
  out.number(child.settled ? 1 : 0);
}
Child take_child(StateReader& in) {
  Child child;
  child.mid = from_number(in.number());
  child.relation = relation_from(in.number());
  child.settled = in.number() == 1;
  return child;
}

template <class T>
void put_all(StateWriter& out, const std::vector<T>& all) {
  out.count(all.size());
  for (const T& one : all)
    put(out, one);
}
template <class T, class Take>
void take_all(StateReader& in, std::vector<T>& all, Take&& take) {
  for (std::uint64_t left = in.count(); left > 0 && in.sound(); --left)
    all.push_back(take(in));
}

constexpr std::int64_t kFinishDone = 1;
constexpr std::int64_t kReady = 2;
constexpr std::int64_t kQueued = 4;
constexpr std::int64_t kNews = 8;
constexpr std::int64_t kSettled = 16;
constexpr std::int64_t kPastLife = 32;

std::int64_t flags_of(const Message& message) {
  return (message.finish_done ? kFinishDone : 0) | (message.ready ? kReady : 0) |
         (message.queued ? kQueued : 0) | (message.news ? kNews : 0) |
         (message.settled ? kSettled : 0) | (message.past_life ? kPastLife : 0);
}

}  // namespace

std::string_view to_string(Fate fate) {
  constexpr std::array<std::string_view, 7> kNames{"unknown",  "deferred", "quarantined", "dropped",
                                                   "rejected", "bounced",  "delivered"};
  return kNames[static_cast<std::size_t>(fate)];
}

std::string_view to_string(Relation relation) {
  constexpr std::array<std::string_view, 6> kNames{"none",       "rewritten", "split",
                                                   "reinjected", "copy",      "bounce report"};
  return kNames[static_cast<std::size_t>(relation)];
}

void encode(const Message& message, std::string& text) {
  StateWriter out{text};
  put_entry(out, message);
  out.number(as_number(message.mid));
  put_facts(out, message.facts);
  put_all(out, message.recipients);
  put_all(out, message.stays);
  put_all(out, message.children);
  out.number(as_number(message.parent)).number(static_cast<std::int64_t>(message.relation));
  out.number(message.relation_key).number(as_number(message.icid));
  out.number(message.start).number(message.finish).number(message.abort);
  out.number(flags_of(message)).count(message.lines).count(message.recipients_left_out);
  out.count(message.urls_left_out).count(message.left_out).count(message.first_sequence);
  out.count(message.last_sequence).count(message.revision).text(to_hex(message.event));
}

bool decode(std::string_view text, Message& message) {
  StateReader in{text};
  if (!take_entry(in, message)) return false;
  message.mid = from_number(in.number());
  take_facts(in, message.facts);
  take_all(in, message.recipients, take_recipient);
  take_all(in, message.stays, take_stay);
  take_all(in, message.children, take_child);
  message.parent = from_number(in.number());
  message.relation = relation_from(in.number());
  message.relation_key = in.number();
  message.icid = from_number(in.number());
  message.start = in.number();
  message.finish = in.number();
  message.abort = in.number();
  const std::int64_t flags = in.number();
  message.finish_done = (flags & kFinishDone) != 0;
  message.ready = (flags & kReady) != 0;
  message.queued = (flags & kQueued) != 0;
  message.news = (flags & kNews) != 0;
  message.settled = (flags & kSettled) != 0;
  message.past_life = (flags & kPastLife) != 0;
  message.lines = static_cast<std::uint32_t>(in.count());
  message.recipients_left_out = static_cast<std::uint32_t>(in.count());
  message.urls_left_out = static_cast<std::uint32_t>(in.count());
  message.left_out = static_cast<std::uint32_t>(in.count());
  message.first_sequence = in.count();
  message.last_sequence = in.count();
  message.revision = static_cast<std::uint32_t>(in.count());
  message.event = identity_from_hex(in.text()).value_or(Identity{});
  return in.at_end();
}

void encode(const Connection& connection, std::string& text) {
  StateWriter out{text};
  put_entry(out, connection);
  put_facts(out, connection.facts);
  out.number(connection.start).number(connection.closed);
}

bool decode(std::string_view text, Connection& connection) {
  StateReader in{text};
  if (!take_entry(in, connection)) return false;
  take_facts(in, connection.facts);
  connection.start = in.number();
  connection.closed = in.number();
  return in.at_end();
}

void encode(const Delivery& delivery, std::string& text) {
  StateWriter out{text};
  put_entry(out, delivery);
  put_facts(out, delivery.facts);
  out.number(delivery.closed);
}

bool decode(std::string_view text, Delivery& delivery) {
  StateReader in{text};
  if (!take_entry(in, delivery)) return false;
  take_facts(in, delivery.facts);
  delivery.closed = in.number();
  return in.at_end();
}

void encode(const Span& span, std::string& text) {
  StateWriter out{text};
  put_entry(out, span);
  out.number(span.begin).number(span.end).text(span.file).text(span.facts_of_file);
  out.number(span.file_begin).number(span.ended ? 1 : 0).number(span.has_content ? 1 : 0);
  out.number(span.before_known ? 1 : 0).text(span.fragment).text(span.held.text);
  out.number(span.held.key).count(span.held.sequence);
}

bool decode(std::string_view text, Span& span) {
  StateReader in{text};
  if (!take_entry(in, span)) return false;
  span.begin = in.number();
  span.end = in.number();
  span.file = in.text();
  span.facts_of_file = in.text();
  span.file_begin = in.number();
  span.ended = in.number() == 1;
  span.has_content = in.number() == 1;
  span.before_known = in.number() == 1;
  span.fragment = in.text();
  span.held.text = in.text();
  span.held.key = in.number();
  span.held.sequence = in.count();
  return in.at_end();
}

}  // namespace cistern::connectors::cisco_secure_email
