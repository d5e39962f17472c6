// The event of one message, from everything that is known of it.
#pragma once

#include "connectors/cisco_secure_email/join_entries.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_secure_email {

/// What became of a message as a whole.
enum class Action : std::uint8_t {
  delivered,
  bounced,
  quarantined,
  deferred,
  rejected,
  dropped,
  aborted,
  expired,
  unknown
};
std::string_view to_string(Action action);

/// A message with what it goes on from. A child made by rewriting or splitting says little of its
/// own: its parent's lines count for it.
struct MessageView {
  const Message* own = nullptr;
  std::vector<const Message*> ancestors{};  ///< That it goes on from; the nearest first.
  std::vector<const Message*> parts{};      ///< Split off from it; their recipients are theirs.
  const Connection* connection = nullptr;
  bool partial = false;  ///< It still lives.
  bool expired = false;
  std::vector<std::string_view> incomplete{};  ///< Why it may not be whole; static texts.

  [[nodiscard]] std::string_view fact(FactKind kind) const;
  /// Of what it goes on from in the end.
  [[nodiscard]] const Message& root() const { return ancestors.empty() ? *own : *ancestors.back(); }
};

/// The recipients that are this message's, each with what became of it.
std::vector<Recipient> recipients_of(const MessageView& view);

Action action_of(const MessageView& view, const std::vector<Recipient>& recipients);

/// What the identities of its events are made of, but for the revision: the MIDs from the root on.
std::string lineage_of(const MessageView& view);

/// Of the event that is the message's `revision`-th.
Identity event_identity(const MessageView& view, std::string_view appliance,
                        std::uint32_t revision);

struct EventFrame {
  std::string_view appliance;
  std::string_view file_facts;  ///< Members of JSON, or empty: `"serial":"…","host":"…"`
  std::uint32_t revision = 1;
  Identity supersedes{};
};

/// Appends the event as one JSON object.
void write_event(std::string& out, const MessageView& view, const EventFrame& frame);

}  // namespace cistern::connectors::cisco_secure_email
