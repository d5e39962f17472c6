// What is saved of a log that is joined.
#include "connectors/cisco_secure_email/join_space.hpp"

#include "connectors/cisco_secure_email/join_state.hpp"

#include <algorithm>

namespace cistern::connectors::cisco_secure_email {

JoinSpace::JoinSpace(std::uint64_t id, std::string appliance, std::string log,
                     const JoinTimes& times, const JoinBounds& bounds, Incidents& incidents)
    : id_(id),
      appliance_(std::move(appliance)),
      log_(std::move(log)),
      times_(times),
      bounds_(bounds),
      incidents_(incidents) {}

std::uint64_t JoinSpace::unsaved_bytes() const {
  return static_cast<std::uint64_t>(messages_.unsaved() + connections_.unsaved() +
                                    deliveries_.unsaved() + spans_.unsaved());
}

std::uint64_t JoinSpace::weight() const {
  return static_cast<std::uint64_t>(messages_.weight() + connections_.weight() +
                                    deliveries_.weight() + spans_.weight());
}

void JoinSpace::save(StateDelta& delta) {
  const std::string id = std::to_string(id_) + "/";
  // The held line of a growing file changes with every line.
  for (Span* span : order_)
    span->weight = std::max<std::int64_t>(span->weight,
                                          static_cast<std::int64_t>(512 + span->held.text.size()));
  messages_.save(id + "m/", delta);
  connections_.save(id + "i/", delta);
  deliveries_.save(id + "d/", delta);
  spans_.save(id + "f/", delta);
  if (!own_changed_) return;
  own_changed_ = false;
  std::string text;
  StateWriter out{text};
  out.text(appliance_).text(log_).count(next_span_).count(past_lives_).count(gaps_.size());
  for (const auto& [from, to] : gaps_)
    out.number(from).number(to);
  delta.push_back({id + "s/0", std::move(text)});
}

bool JoinSpace::restore(char table, std::uint64_t number, std::string_view text) {
  switch (table) {
    case 'm':
      return messages_.restore(number, text) != nullptr;
    case 'i':
      return connections_.restore(number, text) != nullptr;
    case 'd':
      return deliveries_.restore(number, text) != nullptr;
    case 'f':
      return spans_.restore(number, text) != nullptr;
    case 's':
      break;
    default:
      return false;
  }
  StateReader in{text};
  if (in.text() != appliance_ || in.text() != log_) return false;
  next_span_ = in.count();
  past_lives_ = in.count();
  for (std::uint64_t left = in.count(); left > 0 && in.sound(); --left) {
    const std::int64_t from = in.number();
    gaps_.emplace_back(from, in.number());
  }
  own_changed_ = false;
  return in.at_end();
}

/// Everything is looked at once; what is not due yet finds its time again.
void JoinSpace::restored() {
  spans_.each([this](Span& span) { order_.push_back(&span); });
  sort_spans();
  messages_.each([this](Message& message) {
    ready_.push_back({Kind::message, message.number, kAnyTime});
    if (message.icid == kNoNumber) return;
    if (Connection* connection = connections_.find(message.icid)) {
      ++connection->messages;
      message.icid_held = true;
    }
  });
  connections_.each([this](const Connection& connection) {
    ready_.push_back({Kind::connection, connection.number, kAnyTime});
  });
  deliveries_.each([this](const Delivery& delivery) {
    ready_.push_back({Kind::delivery, delivery.number, kAnyTime});
  });
}

}  // namespace cistern::connectors::cisco_secure_email
