// What lines say of a message or a connection, each with the time at which it was said.
#pragma once

#include "connectors/cisco_secure_email/join_key.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_secure_email {

/// The numbers stand in stored states: new kinds go to the end.
enum class FactKind : std::uint8_t {
  // A message.
  sender,
  header_from,
  subject,
  message_id,
  size,
  policy,
  direction,
  antispam,
  interim_antispam,
  graymail,
  antivirus,
  interim_antivirus,
  virus,
  file_reputation,
  outbreak,
  threat_level,
  dlp,
  dlp_policy,
  spf_mailfrom,
  spf_helo,
  spf_pra,
  dkim,
  dmarc,
  sender_domain,
  abort_verdict,
  abort_reason,
  relay_ip,
  // A message's last delivery, or a delivery connection.
  delivery_ip,
  delivery_local_ip,
  delivery_port,
  delivery_tls,
  delivery_protocol,
  delivery_cipher,
  // A connection from outside.
  listener,
  listener_ip,
  client_ip,
  reverse_dns,
  verified,
  sender_group,
  access,
  match,
  reputation,
  country,
  tls,
  tls_protocol,
  tls_cipher,
  tls_reason,
  user,
  auth_mechanism,
  auth_profile,
  auth_outcome,
  failure,
  // Of these there may be several.
  filter,
  attachment,
  url,
  custom,
  dcid,
  count,
};

/// Of one text that is kept; the rest is cut.
inline constexpr std::size_t kMostText = 2048;

struct Fact {
  FactKind kind = FactKind::sender;
  LineKey key = kNever;
  std::string text;
};

/// The first bytes of a text, without cutting a letter in two.
std::string_view bounded_text(std::string_view text, std::size_t most);

/// Facts in the order in which they came. Whatever that order is, the state in the end is the same:
/// of a kind that stands once, what was said last counts.
class FactSet {
 public:
  /// The change of what the set weighs (bytes), 0 when nothing changed.
  struct Change {
    bool changed = false;
    std::int64_t weight = 0;
  };
  Change set(FactKind kind, LineKey key, std::string_view text);
  /// One more of a kind that may stand several times; a text that stands already changes nothing,
  /// and beyond `most` it is not taken: `left_out` counts it.
  Change add(FactKind kind, LineKey key, std::string_view text, std::size_t most,
             std::uint32_t& left_out);
  [[nodiscard]] const Fact* find(FactKind kind) const;
  [[nodiscard]] std::string_view text(FactKind kind) const;
  [[nodiscard]] const std::vector<Fact>& all() const { return facts_; }
  void restore(Fact fact) { facts_.push_back(std::move(fact)); }

 private:
  std::vector<Fact> facts_;
};

}  // namespace cistern::connectors::cisco_secure_email
