// What one line changes in a message or a connection; nothing is decided here about when it is
// told.
#pragma once

#include "connectors/cisco_secure_email/join_entries.hpp"
#include "connectors/cisco_secure_email/mail_line.hpp"

#include <cstdint>
#include <string>

namespace cistern::connectors::cisco_secure_email {

/// Applies lines to entries and adds up what that changed. Keeps a buffer, so one an owner.
class LineApplier {
 public:
  /// Begins with one entry: what follows counts for it.
  struct Change {
    bool changed = false;
    std::int64_t weight = 0;
  };
  /// Every line that names the message as its subject. `delivery` is the connection that the line
  /// names, or null.
  Change to_message(Message& message, const MailLine& line, LineKey key, const Delivery* delivery);
  Change to_connection(Connection& connection, const MailLine& line, LineKey key);
  Change to_delivery(Delivery& delivery, const MailLine& line, LineKey key);
  /// The child's side of a line that makes a message out of another, and the parent's.
  static Change to_child(Message& child, std::uint64_t parent, Relation relation, LineKey key);
  static Change to_parent(Message& parent, std::uint64_t child, Relation relation, LineKey key);

 private:
  void set(FactKind kind, std::string_view text);
  void set_decoded(FactKind kind, std::string_view quoted);
  void add(FactKind kind, std::string_view text, std::size_t most, std::uint32_t& left_out);
  void incoming(Message& message, const MailLine& line);
  void scanning(Message& message, const MailLine& line);
  void engine_verdict(const MailLine& line);
  void quarantine(Message& message, const MailLine& line);
  void outgoing(Message& message, const MailLine& line, const Delivery* delivery);
  void ending(Message& message, const MailLine& line);
  Recipient* recipient(Message& message, std::uint64_t rid);
  void recipients(Message& message, const MailLine& line);
  void rejected(Message& message, const MailLine& line);
  void decide(Message& message, const MailLine& line, Fate fate, const Delivery* delivery);
  void respond(Message& message, const MailLine& line);
  void enter(Message& message, std::string_view name, std::string_view reason);
  void leave(Message& message, std::string_view name, bool released);
  void text(std::string& field, std::string_view value, std::size_t most);
  void noted(const FactSet::Change& change);

  FactSet* facts_ = nullptr;
  LineKey key_ = kNever;
  Change change_;
  std::int64_t room_ = 0;  ///< What the entry may still weigh more.
  std::string scratch_;
};

}  // namespace cistern::connectors::cisco_secure_email
