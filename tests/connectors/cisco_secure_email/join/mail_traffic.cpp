#include "mail_traffic.hpp"

#include <algorithm>
#include <array>
#include <random>

namespace cistern::test {
namespace {

class Traffic {
 public:
  explicit Traffic(const MailDayOptions& options)
      : options_(options),
        random_(options.seed),
        mid_(options.first_number),
        icid_(options.first_number - 2000),
        dcid_(options.first_number - 6000) {}

  void play(MailDay& day) {
    day_ = &day;
    const std::int64_t step = options_.seconds / static_cast<std::int64_t>(options_.connections);
    std::int64_t at = options_.begin;
    for (std::size_t i = 0; i < options_.connections; ++i) {
      if (options_.reset && i == options_.connections * 2 / 3) {
        // What lives over the reset would be two messages of one number to any reader.
        at += 6 * 3600;
        day.reset_at = at;
        mid_ = icid_ = dcid_ = 0;
        ++life_;
      }
      at += pick(2 * step + 1);
      connection(at);
    }
    std::stable_sort(lines_.begin(), lines_.end(),
                     [](const SaidLine& a, const SaidLine& b) { return a.at < b.at; });
  }
  [[nodiscard]] const std::vector<SaidLine>& lines() const { return lines_; }

 private:
  std::int64_t pick(std::int64_t below) {
    return std::uniform_int_distribution<std::int64_t>(
        0, std::max<std::int64_t>(below, 1) - 1)(random_);
  }
  bool chance(int percent) { return pick(100) < percent; }
  void say(std::int64_t at, std::string text) { lines_.push_back({at, std::move(text)}); }
  static std::string n(std::uint64_t number) { return std::to_string(number); }
  std::string word() {
    static constexpr std::array kWords{"invoice", "März",  "report", "MID 5 ICID 6 From: <x>",
                                       "it's",    "offer", "naïve",  "Message finished MID 9 done"};
    return kWords[static_cast<std::size_t>(pick(kWords.size()))];
  }

  void connection(std::int64_t at) {
    const std::uint64_t icid = ++icid_;
    const std::string ip = "203.0.113." + n(static_cast<std::uint64_t>(pick(250) + 1));
    say(at, "New SMTP ICID " + n(icid) + " interface IncomingMail (192.0.2.25) address " + ip +
                " reverse dns host mx" + n(icid) + ".example.com verified yes");
    if (chance(5)) {
      say(at,
          "ICID " + n(icid) + " REJECT SG BLOCKLIST match sbrs[-10.0:-3.0] SBRS -9.9 country None");
      say(at, "ICID " + n(icid) + " close");
      return;
    }
    say(at, "ICID " + n(icid) +
                " ACCEPT SG UNKNOWNLIST match sbrs[-1.0:10.0] SBRS 3.5 country United States");
    if (chance(70)) {
      say(at,
          "ICID " + n(icid) + " TLS success protocol TLSv1.2 cipher ECDHE-RSA-AES256-GCM-SHA384");
    }
    std::int64_t now = at;
    for (std::int64_t left = pick(3) + 1; left > 0; --left) {
      now += pick(3);
      message(now, icid, ip);
      now = std::max(now, received_);
    }
    say(now, "ICID " + n(icid) + " close");
  }

  /// The lines until the message is received; `received_` is then.
  TrueMessage receive(std::int64_t at, std::uint64_t icid, const std::string& ip, int recipients) {
    TrueMessage one;
    one.mid = ++mid_;
    one.root = one.mid;
    one.life = life_;
    one.icid = icid;
    one.client_ip = ip;
    one.sender = "s" + n(one.mid) + "@example.com";
    say(at, "Start MID " + n(one.mid) + " ICID " + n(icid));
    say(at, "MID " + n(one.mid) + " ICID " + n(icid) + " From: <" + one.sender + ">");
    for (int rid = 0; rid < recipients; ++rid) {
      const std::string address = "r" + n(one.mid) + "." + std::to_string(rid) + "@contoso.com";
      one.recipients[address] = "unknown";
      say(at, "MID " + n(one.mid) + " ICID " + n(icid) + " RID " + std::to_string(rid) + " To: <" +
                  address + ">");
    }
    at += pick(2);
    const std::string mid = "MID " + n(one.mid);
    if (chance(60)) say(at, mid + " SPF: mailfrom identity " + one.sender + " Pass (v=spf1)");
    if (chance(50))
      say(at, mid + " DKIM: pass signature verified (d=example.com s=sel1 i=@example.com)");
    one.message_id = "<m" + n(one.mid) + "." + std::to_string(life_) + "@example.com>";
    // Folded header values hold real line breaks.
    if (chance(5)) {
      say(at, mid + " Message-ID '" + one.message_id + "\n folded'");
      one.message_id += "\n folded";
    } else {
      say(at, mid + " Message-ID '" + one.message_id + "'");
    }
    one.subject = word() + " " + word() + " " + n(one.mid);
    const bool single = one.subject.find('\'') != std::string::npos;
    const std::string quote = single ? "\"" : "'";
    say(at, mid + " Subject " + quote + one.subject + quote);
    one.size = static_cast<std::uint64_t>(pick(100000) + 500);
    say(at, mid + " ready " + n(one.size) + " bytes from <" + one.sender + ">");
    say(at, mid + " matched all recipients for per-recipient policy DEFAULT in the inbound table");
    received_ = at;
    return one;
  }

  std::int64_t scan(std::int64_t at, TrueMessage& one, const std::string& spam) {
    const std::string mid = "MID " + n(one.mid);
    at += pick(3);
    say(at, mid + " interim verdict using engine: CASE " + spam);
    say(at, mid + " using engine: CASE " + spam);
    one.antispam = spam;
    say(at, mid + " interim AV verdict using Sophos CLEAN");
    say(at, mid + " antivirus negative");
    one.antivirus = "negative";
    say(at, mid + " AMP file reputation verdict : SKIPPED (no attachment in message)");
    say(at, mid + " Outbreak Filters: verdict negative");
    return at;
  }

  std::int64_t deliver(std::int64_t at, TrueMessage& one, bool bounce_last) {
    const std::string mid = "MID " + n(one.mid);
    const std::uint64_t dcid = ++dcid_;
    say(at, mid + " queued for delivery");
    say(at, "New SMTP DCID " + n(dcid) + " interface 192.0.2.25 address 198.51.100.20 port 25");
    say(at, "DCID " + n(dcid) + " TLS success protocol TLSv1.2 cipher ECDHE-RSA-AES256-GCM-SHA384");
    std::string rids;
    std::string last;
    const std::size_t count = one.recipients.size() - (bounce_last ? 1 : 0);
    std::size_t rid = 0;
    for (auto& [address, result] : one.recipients) {
      if (rid < count) {
        rids += (rids.empty() ? "" : ", ") + std::to_string(rid);
        result = "delivered";
      } else {
        result = "bounced";
        last = std::to_string(rid);
      }
      ++rid;
    }
    say(at, "Delivery start DCID " + n(dcid) + " " + mid + " to RID [" + rids + "]");
    at += pick(4);
    if (!last.empty()) {
      say(at, "Bounced: DCID " + n(dcid) + " " + mid + " to RID " + last +
                  " - 5.1.0 - Unknown address error ('550', ['5.1.1 User unknown']) []");
    }
    if (!rids.empty()) {
      say(at, "Message done DCID " + n(dcid) + " " + mid + " to RID [" + rids + "] [('from', '" +
                  one.sender + "')]");
      say(at, mid + " RID [" + rids + "] Response '2.0.0 OK queued as " + n(dcid) + "'");
    }
    say(at + pick(6), "DCID " + n(dcid) + " close");
    one.action = rids.empty() ? "bounced" : "delivered";
    return at;
  }

  void finish(std::int64_t at, TrueMessage one, bool done = true) {
    say(at, "Message finished MID " + n(one.mid) + (done ? " done" : " aborted"));
    one.finished = done ? "done" : "aborted";
    day_->messages.push_back(std::move(one));
  }
  void finish_folded(std::int64_t at, const TrueMessage& one) {
    say(at, "Message finished MID " + n(one.mid) + " done");
  }

  void set_all(TrueMessage& one, const std::string& result) {
    for (auto& [address, was] : one.recipients)
      was = result;
    one.action = result;
  }

  void message(std::int64_t at, std::uint64_t icid, const std::string& ip) {
    switch (pick(13)) {
      case 0:
        return bounced(at, icid, ip);
      case 1:
        return deferred(at, icid, ip);
      case 2:
        return rewritten(at, icid, ip);
      case 3:
        return split(at, icid, ip);
      case 4:
        return spam(at, icid, ip);
      case 5:
        return quarantined(at, icid, ip);
      case 6:
        return dropped(at, icid, ip);
      case 7:
        return aborted(at, icid, ip);
      case 8:
        return rejected(at, icid, ip);
      case 9:
        return copied(at, icid, ip);
      default:
        return plain(at, icid, ip);
    }
  }

  void plain(std::int64_t at, std::uint64_t icid, const std::string& ip) {
    auto one = receive(at, icid, ip, static_cast<int>(pick(4)) + 1);
    at = scan(received_, one, "spam negative");
    at = deliver(at, one, false);
    finish(at, one);
  }

  void bounced(std::int64_t at, std::uint64_t icid, const std::string& ip) {
    auto one = receive(at, icid, ip, static_cast<int>(pick(3)) + 1);
    at = scan(received_, one, "spam negative");
    at = deliver(at, one, true);
    TrueMessage report;
    report.mid = report.root = ++mid_;
    report.life = life_;
    say(at, "MID " + n(report.mid) + " was generated for bounce of MID " + n(one.mid));
    say(at, "Start MID " + n(report.mid) + " ICID 0");
    say(at, "MID " + n(report.mid) + " ICID 0 From: <>");
    say(at, "MID " + n(report.mid) + " ICID 0 RID 0 To: <" + one.sender + ">");
    report.recipients[one.sender] = "unknown";
    finish(at, one);
    report.size = 2000;
    say(at, "MID " + n(report.mid) + " ready 2000 bytes from <>");
    at = deliver(at + 1, report, false);
    finish(at, report);
  }

  // Hours pass between the attempts: it is told as it stands before it ends.
  void deferred(std::int64_t at, std::uint64_t icid, const std::string& ip) {
    auto one = receive(at, icid, ip, 1);
    at = scan(received_, one, "spam negative");
    const std::string mid = "MID " + n(one.mid);
    say(at, mid + " queued for delivery");
    for (int tries = static_cast<int>(pick(3)) + 1; tries > 0; --tries) {
      const std::uint64_t dcid = ++dcid_;
      say(at, "New SMTP DCID " + n(dcid) + " interface 192.0.2.25 address 198.51.100.21 port 25");
      say(at, "Delayed: DCID " + n(dcid) + " " + mid +
                  " to RID 0 - 4.1.0 - Unknown address error ('451', ['4.7.1 try later']) []");
      say(at, mid + " to RID [0] pending till " + asctime_of(at + 600) + " [Default]");
      say(at + 1, "DCID " + n(dcid) + " close");
      at += chance(30) ? 2400 : 60;
    }
    at = deliver(at, one, false);
    finish(at, one);
  }

  // The new MID's lines may come before the line that says where it is from.
  void rewritten(std::int64_t at, std::uint64_t icid, const std::string& ip) {
    auto one = receive(at, icid, ip, 2);
    at = scan(received_, one, "spam negative");
    TrueMessage child = one;
    child.mid = ++mid_;
    const std::string mid = "MID " + n(child.mid);
    say(at, "Start " + mid + " ICID 0");
    say(at, mid + " ICID 0 From: <" + one.sender + ">");
    int rid = 0;
    for (const auto& [address, result] : one.recipients)
      say(at, mid + " ICID 0 RID " + std::to_string(rid++) + " To: <" + address + ">");
    const std::string link =
        "MID " + n(one.mid) + " rewritten to " + mid + " by add-footer filter 'Footer Stamping'";
    if (chance(50)) {
      say(at, link);
      finish_folded(at, one);
      at = deliver(at, child, false);
    } else {
      at = deliver(at, child, false);
      say(at, link);
      finish_folded(at, one);
    }
    finish(at, child);
  }

  void split(std::int64_t at, std::uint64_t icid, const std::string& ip) {
    auto one = receive(at, icid, ip, 2);
    at = received_ + 1;
    std::vector<TrueMessage> children;
    int which = 0;
    for (const auto& [address, result] : one.recipients) {
      TrueMessage child = one;
      child.mid = ++mid_;
      child.recipients = {{address, "unknown"}};
      say(at, "MID " + n(one.mid) + " was split creating MID " + n(child.mid) +
                  " due to a per-recipient policy P" + std::to_string(++which) +
                  " in the inbound table");
      say(at, "Start MID " + n(child.mid) + " ICID 0");
      say(at, "MID " + n(child.mid) + " ICID 0 From: <" + one.sender + ">");
      say(at, "MID " + n(child.mid) + " ICID 0 RID 0 To: <" + address + ">");
      children.push_back(child);
    }
    finish_folded(at, one);
    for (auto& child : children) {
      std::int64_t then = scan(at, child, "spam negative");
      then = deliver(then, child, false);
      finish(then, child);
    }
  }

  void spam(std::int64_t at, std::uint64_t icid, const std::string& ip) {
    auto one = receive(at, icid, ip, 1);
    at = scan(received_, one, "spam positive");
    const std::string mid = "MID " + n(one.mid);
    const std::string rcid = n(++rcid_);
    say(at, "EUQ: Tagging " + mid + " for quarantine");
    say(at, mid + " queued for delivery");
    say(at, "RPC Delivery start RCID " + rcid + " " + mid + " to local IronPort Spam Quarantine");
    say(at, "EUQ: Quarantined " + mid);
    say(at, "RPC Message done RCID " + rcid + " " + mid);
    set_all(one, "quarantined");
    finish(at, one);
    if (!chance(30)) return;
    at += 3600 + pick(3600);
    TrueMessage child = one;
    child.mid = ++mid_;
    say(at, "EUQ: Reinjected MID " + n(one.mid) + " as MID " + n(child.mid));
    say(at, "Start MID " + n(child.mid) + " ICID 0 (ISQ Notification)");
    say(at, "MID " + n(child.mid) + " ICID 0 From: <" + one.sender + ">");
    say(at, "MID " + n(child.mid) + " ICID 0 RID 0 To: <" + one.recipients.begin()->first + ">");
    at = deliver(at, child, false);
    finish(at, child);
  }

  void quarantined(std::int64_t at, std::uint64_t icid, const std::string& ip) {
    auto one = receive(at, icid, ip, 2);
    at = scan(received_, one, "spam negative");
    const std::string mid = "MID " + n(one.mid);
    say(at, mid + " quarantined to \"Policy\" (content filter:Hold)");
    at += chance(50) ? 4000 + pick(4000) : 60;
    if (chance(60)) {
      say(at, mid + " released from quarantine \"Policy\" (manual) t=4000");
      at = deliver(at, one, false);
    } else {
      say(at, mid + " deleted from quarantine \"Policy\" (expired) t=4000");
      set_all(one, "dropped");
    }
    finish(at, one);
  }

  void dropped(std::int64_t at, std::uint64_t icid, const std::string& ip) {
    auto one = receive(at, icid, ip, 2);
    at = scan(received_, one, "spam negative");
    say(at, "Message aborted MID " + n(one.mid) +
                " Dropped by content filter 'BlockExe' in the inbound table");
    set_all(one, "dropped");
    finish(at, one, false);
  }

  void aborted(std::int64_t at, std::uint64_t icid, const std::string& ip) {
    TrueMessage one;
    one.mid = one.root = ++mid_;
    one.life = life_;
    one.icid = icid;
    one.client_ip = ip;
    one.sender = "s" + n(one.mid) + "@example.com";
    say(at, "Start MID " + n(one.mid) + " ICID " + n(icid));
    say(at, "MID " + n(one.mid) + " ICID " + n(icid) + " From: <" + one.sender + ">");
    at += pick(20);
    say(at, "Message aborted MID " + n(one.mid) + " Receiving aborted by sender");
    one.action = "aborted";
    received_ = at;
    finish(at, one, false);
  }

  void rejected(std::int64_t at, std::uint64_t icid, const std::string& ip) {
    TrueMessage one;
    one.mid = one.root = ++mid_;
    one.life = life_;
    one.icid = icid;
    one.client_ip = ip;
    one.sender = "s" + n(one.mid) + "@example.com";
    say(at, "Start MID " + n(one.mid) + " ICID " + n(icid));
    say(at, "MID " + n(one.mid) + " ICID " + n(icid) + " From: <" + one.sender + ">");
    const std::string address = "nobody" + n(one.mid) + "@contoso.com";
    say(at, "MID " + n(one.mid) + " ICID " + n(icid) + " To: <" + address + "> Rejected by RAT");
    one.recipients[address] = "rejected";
    say(at, "Message aborted MID " + n(one.mid) + " Receiving aborted");
    one.action = "aborted";
    received_ = at;
    finish(at, one, false);
  }

  void copied(std::int64_t at, std::uint64_t icid, const std::string& ip) {
    auto one = receive(at, icid, ip, 1);
    at = scan(received_, one, "spam negative");
    TrueMessage copy;
    copy.mid = copy.root = ++mid_;
    copy.life = life_;
    copy.sender = one.sender;
    copy.recipients["archive@contoso.com"] = "unknown";
    say(at, "Start MID " + n(copy.mid) + " ICID 0");
    say(at, "MID " + n(copy.mid) + " was generated based on MID " + n(one.mid) +
                " by bcc filter 'Archive'");
    say(at, "MID " + n(copy.mid) + " ICID 0 From: <" + one.sender + ">");
    say(at, "MID " + n(copy.mid) + " ICID 0 RID 0 To: <archive@contoso.com>");
    const std::int64_t copied = deliver(at, copy, false);
    finish(copied, copy);
    at = deliver(at, one, false);
    finish(at, one);
  }

  const MailDayOptions options_;
  std::mt19937 random_;
  MailDay* day_ = nullptr;
  std::vector<SaidLine> lines_;
  std::uint64_t mid_;
  std::uint64_t icid_;
  std::uint64_t dcid_;
  std::uint64_t rcid_ = 40;
  int life_ = 0;
  std::int64_t received_ = 0;
};

}  // namespace

std::vector<SaidLine> play_traffic(const MailDayOptions& options, MailDay& day) {
  Traffic traffic{options};
  traffic.play(day);
  return traffic.lines();
}

}  // namespace cistern::test
