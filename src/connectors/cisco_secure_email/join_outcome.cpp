// What became of a message: read off its recipients, its quarantines and its end.
#include "connectors/cisco_secure_email/join_event.hpp"

#include <algorithm>
#include <array>

namespace cistern::connectors::cisco_secure_email {
namespace {

bool in_quarantine(const Message& message) {
  return std::any_of(message.stays.begin(), message.stays.end(), [](const Stay& stay) {
    return stay.entered != kNever && stay.left == kNever;
  });
}

/// Deleted from the last quarantine that it lay in.
bool deleted(const Message& message) {
  const Stay* last = nullptr;
  for (const Stay& stay : message.stays) {
    if (stay.left != kNever && (last == nullptr || stay.left >= last->left)) last = &stay;
  }
  return last != nullptr && !last->released;
}

/// Of a recipient that no line names by itself: what became of the message as a whole.
Fate fate_of_all(const MessageView& view) {
  const Message& own = *view.own;
  const auto verdict = own.facts.text(FactKind::abort_verdict);
  if (verdict == "dropped") return Fate::dropped;
  if (verdict == "bounced") return Fate::bounced;
  // What left the spam quarantine goes on as another message, which says what became of it then.
  const bool goes_on =
      std::any_of(own.children.begin(), own.children.end(),
                  [](const Child& child) { return child.relation == Relation::reinjected; });
  if (in_quarantine(own) || goes_on) return Fate::quarantined;
  if (deleted(own)) return Fate::dropped;
  return Fate::unknown;
}

LineKey time_of_all(const Message& own, Fate fate) {
  LineKey time = kNever;
  for (const Stay& stay : own.stays)
    time = std::max(time, fate == Fate::quarantined ? stay.entered : stay.left);
  return std::max(time, own.abort);
}

bool is_with_parts(const MessageView& view, const Recipient& recipient) {
  return std::any_of(view.parts.begin(), view.parts.end(), [&](const Message* part) {
    return std::any_of(part->recipients.begin(), part->recipients.end(),
                       [&](const Recipient& one) { return one.address == recipient.address; });
  });
}

}  // namespace

std::string_view to_string(Action action) {
  constexpr std::array<std::string_view, 9> kNames{"delivered", "bounced",  "quarantined",
                                                   "deferred",  "rejected", "dropped",
                                                   "aborted",   "expired",  "unknown"};
  return kNames[static_cast<std::size_t>(action)];
}

std::string_view MessageView::fact(FactKind kind) const {
  if (const Fact* fact = own->facts.find(kind)) return fact->text;
  for (const Message* ancestor : ancestors) {
    if (const Fact* fact = ancestor->facts.find(kind)) return fact->text;
  }
  return {};
}

std::vector<Recipient> recipients_of(const MessageView& view) {
  std::vector<Recipient> all = view.own->recipients;
  if (all.empty()) {
    // A rewritten message's recipients are not always listed again.
    for (const Message* ancestor : view.ancestors) {
      if (ancestor->recipients.empty()) continue;
      all = ancestor->recipients;
      break;
    }
  }
  std::erase_if(all, [&](const Recipient& one) {
    return one.fate == Fate::unknown && is_with_parts(view, one);
  });
  const Fate fate = fate_of_all(view);
  for (Recipient& one : all) {
    if (one.fate >= fate || fate == Fate::unknown) continue;
    one.fate = fate;
    one.fate_key = time_of_all(*view.own, fate);
  }
  return all;
}

Action action_of(const MessageView& view, const std::vector<Recipient>& recipients) {
  const auto any = [&](Fate fate) {
    return std::any_of(recipients.begin(), recipients.end(),
                       [fate](const Recipient& one) { return one.fate == fate; });
  };
  const Message& own = *view.own;
  if (view.expired) return Action::expired;
  if (any(Fate::delivered)) return Action::delivered;
  const auto verdict = own.facts.text(FactKind::abort_verdict);
  const bool aborted = own.abort != kNever || (own.finish != kNever && !own.finish_done);
  const bool never_received = !view.partial && !own.ready && own.start != kNever &&
                              own.finish == kNever && view.ancestors.empty() &&
                              own.relation == Relation::none;
  if (never_received && verdict.empty()) return Action::aborted;
  if (aborted && verdict != "dropped" && verdict != "bounced") return Action::aborted;
  if (any(Fate::bounced)) return Action::bounced;
  if (any(Fate::quarantined)) return Action::quarantined;
  if (any(Fate::deferred)) return Action::deferred;
  if (any(Fate::dropped)) return Action::dropped;
  if (any(Fate::rejected) && !any(Fate::unknown)) return Action::rejected;
  switch (fate_of_all(view)) {
    case Fate::dropped:
      return Action::dropped;
    case Fate::bounced:
      return Action::bounced;
    case Fate::quarantined:
      return Action::quarantined;
    default:
      return Action::unknown;
  }
}

std::string lineage_of(const MessageView& view) {
  std::string line;
  for (auto at = view.ancestors.rbegin(); at != view.ancestors.rend(); ++at)
    line += std::to_string((*at)->mid) + ">";
  return line + std::to_string(view.own->mid);
}

Identity event_identity(const MessageView& view, std::string_view appliance,
                        std::uint32_t revision) {
  const Message& own = *view.own;
  // The first and the last line tell lives of one MID apart, and pieces of one that was torn.
  return make_identity({"cisco_secure_email", "message", appliance, lineage_of(view),
                        std::to_string(own.first), std::to_string(own.last),
                        std::to_string(revision)});
}

}  // namespace cistern::connectors::cisco_secure_email
