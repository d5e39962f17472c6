#include "lab/truth/syslog_ledger.hpp"

#include <algorithm>

namespace cistern::lab {

namespace {

std::optional<SyslogTransport> transport_from(std::string_view name) {
  for (const auto one :
       {SyslogTransport::udp, SyslogTransport::tcp, SyslogTransport::tls, SyslogTransport::relp}) {
    if (to_string(one) == name) return one;
  }
  return std::nullopt;
}

std::optional<ConnectionEnd> end_from(std::string_view name) {
  for (const auto one :
       {ConnectionEnd::open, ConnectionEnd::both, ConnectionEnd::peer, ConnectionEnd::reset}) {
    if (to_string(one) == name) return one;
  }
  return std::nullopt;
}

bool is_stream(SyslogTransport transport) {
  return transport == SyslogTransport::tcp || transport == SyslogTransport::tls;
}

}  // namespace

SyslogSender* SyslogLedger::sender_at(std::uint64_t number) {
  const auto found = std::find_if(senders_.begin(), senders_.end(),
                                  [&](const SyslogSender& one) { return one.number == number; });
  return found == senders_.end() ? nullptr : &*found;
}

Status SyslogLedger::add_line(std::string_view line) {
  const auto kind = member_text(line, "kind").value_or("");
  const auto number = number_member(line, "sender");
  if (kind == "sender") {
    const auto transport = transport_from(member_text(line, "transport").value_or(""));
    if (!transport || sender_at(number) != nullptr) return bad_sent_truth(line);
    senders_.push_back({static_cast<unsigned>(number), *transport, {}, {}});
    return {};
  }
  auto* const sender = sender_at(number);
  if (sender == nullptr) return bad_sent_truth(line);
  if (kind == "connection") {
    const auto end = end_from(member_text(line, "end").value_or(""));
    if (!end || number_member(line, "connection") != sender->connections.size())
      return bad_sent_truth(line);
    const bool octet = member_text(line, "framing").value_or("") == "octet";
    sender->connections.push_back(
        {octet ? Framing::octet : Framing::lf, *end, time_member_of(line, "until")});
    return {};
  }
  if (kind == "message") return add_message(*sender, line);
  // The last line of a sender says how many there are.
  if (kind != "sent" || number_member(line, "messages") != sender->messages.size())
    return bad_sent_truth(line);
  return {};
}

Status SyslogLedger::add_message(SyslogSender& sender, std::string_view line) {
  SentMessage message;
  const auto digest = digest_member(line);
  message.connection = static_cast<std::uint32_t>(number_member(line, "connection"));
  const auto sequence = number_member(line, "sequence");
  if (!digest || sequence != sender.messages.size()) return bad_sent_truth(line);
  message.digest = *digest;
  message.time = time_member_of(line, "time");
  message.attempts = static_cast<std::uint8_t>(number_member(line, "attempts"));
  message.whole = true_member(line, "whole");
  message.accepted = true_member(line, "accepted");
  message.first_value = static_cast<std::uint32_t>(values_.size());
  for_each_leaf(member(line, "values").value_or("[]"),
                [&](std::string_view, std::string_view value) {
                  values_.push_back(fingerprint(text_of(value)));
                  return true;
                });
  message.values = static_cast<std::uint8_t>(values_.size() - message.first_value);
  // A message begun while the truth was being written may name a connection behind its list.
  while (sender.connections.size() <= message.connection)
    sender.connections.emplace_back();
  const auto& connection = sender.connections[message.connection];
  if (connection.framing == Framing::lf && is_stream(sender.transport) &&
      (connection.end != ConnectionEnd::both || !message.whole)) {
    cut_texts_.push_back(member_text(line, "text").value_or(""));
    cut_sorted_ = false;
  }
  if (!digests_.emplace(*digest, Marker{sender.number, sequence}).second)
    return bad_sent_truth(line);
  sender.messages.push_back(message);
  return {};
}

SentMessage* SyslogLedger::by_digest(std::string_view sha256) {
  const auto found = digests_.find(digest_key(sha256));
  return found == digests_.end() ? nullptr : by_marker(found->second);
}

SentMessage* SyslogLedger::by_marker(const Marker& marker) {
  auto* const sender = sender_at(marker.sender);
  if (sender == nullptr || marker.sequence >= sender->messages.size()) return nullptr;
  return &sender->messages[marker.sequence];
}

Marker SyslogLedger::marker_of(const SentMessage& message) const {
  const auto found = digests_.find(message.digest);
  return found == digests_.end() ? Marker{} : found->second;
}

bool SyslogLedger::is_fragment(std::string_view raw) {
  if (raw.empty()) return false;
  if (!cut_sorted_) std::sort(cut_texts_.begin(), cut_texts_.end());
  cut_sorted_ = true;
  const auto found = std::lower_bound(cut_texts_.begin(), cut_texts_.end(), raw);
  return found != cut_texts_.end() && std::string_view(*found).starts_with(raw);
}

std::optional<std::string> SyslogLedger::difference(std::string_view document,
                                                    const SentMessage& message) const {
  const auto marker = marker_text(marker_of(message));
  if (document.find(marker) == std::string_view::npos)
    return "the number " + marker + " of the message stands nowhere in it";
  const Leaves leaves(document);
  for (std::size_t at = 0; at < message.values; ++at) {
    if (!leaves.hold(values_[message.first_value + at]))
      return "value " + std::to_string(at + 1) + " of message " + marker + " stands nowhere in it";
  }
  return std::nullopt;
}

bool SyslogLedger::is_owed(const SyslogSender& sender, const SentMessage& message, bool killed) {
  if (sender.transport == SyslogTransport::udp) return false;
  if (sender.transport == SyslogTransport::relp) return message.accepted;
  const auto& connection = sender.connections[message.connection];
  if (connection.end == ConnectionEnd::both && !killed) return message.whole;
  // Bytes are read in order: what stands before something stored was read.
  return message.whole && connection.later_stored;
}

SyslogSums SyslogLedger::sums(std::size_t place, bool killed) {
  SyslogSums sums;
  auto& sender = senders_[place];
  for (auto& connection : sender.connections)
    connection.later_stored = false;
  for (auto at = sender.messages.size(); at-- > 0;) {
    const auto& message = sender.messages[at];
    const bool found = message.in_store + message.in_outputs > 0;
    auto& connection = sender.connections[message.connection];
    const bool owed = is_owed(sender, message, killed) || (message.whole && found);
    connection.later_stored = connection.later_stored || found;
    sums.sent += message.whole ? 1 : 0;
    sums.owed += owed ? 1 : 0;
    sums.stored += owed && message.in_store > 0 ? 1 : 0;
    sums.delivered += owed && message.in_outputs > 0 ? 1 : 0;
    if (message.in_store > 1) sums.twice += message.in_store - 1;
    if (found || !message.whole) continue;
    if (owed) {
      sums.lost.push_back({sender.number, at});
    } else if (is_stream(sender.transport)) {
      ++sums.unread;
      if (connection.until > message.time)
        sums.oldest_unread =
            std::max(sums.oldest_unread, Duration{connection.until - message.time});
    } else if (sender.transport == SyslogTransport::udp) {
      ++sums.unseen;
    }
  }
  return sums;
}

}  // namespace cistern::lab
