// The senders' part of the proof, added up.
#include "lab/truth/sent_verifier.hpp"

#include <algorithm>
#include <chrono>

namespace cistern::lab {

namespace {

std::string share_name(SyslogTransport transport) {
  switch (transport) {
    case SyslogTransport::udp:
      return "Syslog over UDP";
    case SyslogTransport::tcp:
      return "Syslog over TCP";
    case SyslogTransport::tls:
      return "Syslog over TLS";
    case SyslogTransport::relp:
      return "Syslog over RELP";
  }
  return "Syslog";
}

}  // namespace

void SentVerifier::add_up(bool has_store, bool has_outputs) {
  add_senders(has_store, has_outputs);
  if (mail_.empty()) return;
  add_entries(has_store, has_outputs);
  add_mails(has_store, has_outputs);
}

void SentVerifier::add_share(VendorShare share) {
  proof_.owed += share.owed;
  proof_.stored += share.stored;
  proof_.delivered += share.delivered;
  proof_.vendors.push_back(std::move(share));
}

void SentVerifier::add_senders(bool has_store, bool has_outputs) {
  const auto place = has_store ? std::string("store") : options_.outputs.front();
  for (std::size_t at = 0; at < syslog_.senders().size(); ++at) {
    const auto sums = syslog_.sums(at, options_.killed);
    const auto& sender = syslog_.senders()[at];
    const std::string transport(to_string(sender.transport));
    VendorShare share{share_name(sender.transport), sums.owed, sums.stored, sums.delivered, {}};
    share.counts.emplace_back("sent", sums.sent);
    if (sender.transport == SyslogTransport::udp) share.counts.emplace_back("unseen", sums.unseen);
    if (sender.transport == SyslogTransport::relp) share.counts.emplace_back("twice", sums.twice);
    if (sender.transport == SyslogTransport::tcp || sender.transport == SyslogTransport::tls) {
      share.counts.emplace_back("unread", sums.unread);
      share.counts.emplace_back(
          "oldest_unread_ms",
          static_cast<std::uint64_t>(
              std::chrono::ceil<std::chrono::milliseconds>(sums.oldest_unread).count()));
      share.counts.emplace_back("cut", fragments_[transport]);
    }
    proof_.lost += sums.lost.size();
    for (const auto& marker : sums.lost) {
      find("lost", place, name_of(marker),
           sender.transport == SyslogTransport::relp ? "the collector had accepted it"
                                                     : "what was sent behind it was read");
    }
    if (has_store && has_outputs && sums.stored > sums.delivered)
      proof_.waiting += sums.stored - sums.delivered;
    proof_.unowed += sums.unread + sums.unseen;
    add_share(std::move(share));
  }
}

void SentVerifier::add_entries(bool has_store, bool has_outputs) {
  VendorShare share{"Mail log lines", 0, 0, 0, {}};
  for (const auto& [digest, entry] : mail_.lines()) {
    const auto found = has_store ? entry.in_store : entry.in_outputs;
    share.owed += entry.owed;
    share.stored += std::min(entry.in_store, entry.owed);
    share.delivered += std::min(entry.in_outputs, entry.owed);
    if (has_store && has_outputs && entry.in_store > entry.in_outputs)
      proof_.waiting += entry.in_store - entry.in_outputs;
    if (found >= entry.owed) continue;
    proof_.lost += entry.owed - found;
    find("lost", has_store ? "store" : options_.outputs.front(), mail_.name_of(entry),
         "the collector had acknowledged its file");
  }
  add_share(std::move(share));
}

void SentVerifier::add_mails(bool has_store, bool has_outputs) {
  VendorShare share{"Joined mail messages", 0, 0, 0, {}};
  for (const auto& [mid, mail] : mail_.mails()) {
    const auto name = "MID " + std::to_string(mid);
    const bool stored = mail.revision > 0;
    // What was told before all files were there says so itself, and is told again.
    if (stored && (mail.owed || !member(mail.event, "incomplete"))) {
      if (const auto wrong = mail_difference(mail.expect, mail.event))
        altered("store", name, *wrong);
    }
    if (has_store && has_outputs && stored && mail.in_outputs == 0) ++proof_.waiting;
    if (!mail.owed && !stored) continue;
    ++share.owed;
    share.stored += stored ? 1 : 0;
    share.delivered += mail.in_outputs > 0 ? 1 : 0;
    if (stored || mail.in_outputs > 0) continue;
    ++proof_.lost;
    find("lost", has_store ? "store" : options_.outputs.front(), name,
         "its lines were acknowledged and no event was joined from them");
  }
  share.counts.emplace_back("snapshots", snapshots_);
  share.counts.emplace_back("connections", connections_);
  add_share(std::move(share));
}

}  // namespace cistern::lab
