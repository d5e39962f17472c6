// What can become of a message.
#include "lab/cisco_secure_email/mail_script.hpp"

#include <array>
#include <utility>

namespace cistern::lab {

namespace {

std::vector<std::uint64_t> all_rids(const MailTruth& mail) {
  std::vector<std::uint64_t> rids;
  for (const auto& one : mail.recipients)
    rids.push_back(one.rid);
  return rids;
}

void set_results(MailTruth& mail, const char* result) {
  for (auto& one : mail.recipients)
    one.result = result;
}

void deliver_to_all(MailScript& script, MailTruth& mail) {
  script.queue(mail);
  script.wait(1);
  const auto dcid = script.deliver_to(mail);
  script.wait(script.dice().below(3));
  script.accepted(mail, dcid, all_rids(mail));
  mail.action = "delivered";
  script.finish(mail);
  script.wait(5);
  script.close_delivery(dcid);
}

void delivered(MailScript& script, MailTruth mail) {
  script.scan(mail, "negative");
  deliver_to_all(script, mail);
}

// The line that links old and new may stand behind lines that use the new number already.
void rewritten(MailScript& script, MailTruth mail) {
  script.scan(mail, "negative");
  auto child = script.start_child(mail);
  script.say("MID " + std::to_string(mail.mid) + " rewritten to MID " + std::to_string(child.mid) +
             " by add-footer filter 'Footer Stamping'");
  script.say("Message finished MID " + std::to_string(mail.mid) + " done");
  deliver_to_all(script, child);
}

void split(MailScript& script, MailTruth mail) {
  script.scan(mail, "negative");
  script.say("MID " + std::to_string(mail.mid) + " was split creating MID " +
             std::to_string(script.counters().mid + 1) +
             " due to a per-recipient policy Finance in the " + mail.direction + " table");
  // The child takes the last recipient with it.
  auto parent = mail;
  auto moved = parent.recipients.back();
  parent.recipients.pop_back();
  mail.recipients = {moved};
  mail.recipients.front().rid = 0;
  mail.policy.clear();
  auto child = script.start_child(mail);
  deliver_to_all(script, child);
  // The parent's other recipients are listed with those that left.
  script.queue(parent);
  const auto dcid = script.deliver_to(parent);
  script.accepted(parent, dcid, all_rids(parent));
  parent.recipients.clear();
  script.finish(parent);
  script.wait(2);
  script.close_delivery(dcid);
}

void spam(MailScript& script, MailTruth mail) {
  script.scan(mail, "positive");
  const auto mid = "MID " + std::to_string(mail.mid);
  script.say("EUQ: Tagging " + mid + " for quarantine");
  script.queue(mail);
  script.wait(1);
  const auto rcid = "RCID " + std::to_string(++script.counters().rcid);
  script.say("RPC Delivery start " + rcid + " " + mid + " to local IronPort Spam Quarantine");
  script.say("EUQ: Quarantined " + mid);
  script.say("RPC Message done " + rcid + " " + mid);
  set_results(mail, "quarantined");
  mail.action = "quarantined";
  script.finish(mail);
}

// Held in a policy quarantine, released when somebody has looked, and delivered then.
void released(MailScript& script, MailTruth mail) {
  script.scan(mail, "suspect");
  const auto mid = "MID " + std::to_string(mail.mid);
  script.say(mid + " quarantined to \"Policy\" (content filter:review_exe)");
  mail.quarantines = {"Policy"};
  const auto held = 20 + script.dice().below(1500);
  script.wait(held);
  script.say(mid + " released from quarantine \"Policy\" (manual) t=" + std::to_string(held));
  script.say(mid + " released from all quarantines");
  deliver_to_all(script, mail);
}

void bounced(MailScript& script, MailTruth mail) {
  script.scan(mail, "negative");
  script.queue(mail);
  script.wait(1);
  const auto dcid = script.deliver_to(mail);
  script.wait(1);
  auto others = all_rids(mail);
  others.erase(others.begin());
  script.bounced(mail, dcid, 0);
  if (!others.empty()) script.accepted(mail, dcid, others);
  if (others.empty()) mail.action = "bounced";
  script.report_bounce(mail);
  script.finish(mail);
  script.close_delivery(dcid);
}

void delayed(MailScript& script, MailTruth mail) {
  script.scan(mail, "negative");
  script.queue(mail);
  const auto first = script.deliver_to(mail);
  for (const auto rid : all_rids(mail))
    script.delayed(mail, first, rid);
  script.say("MID " + std::to_string(mail.mid) + " to RID " + rid_list(all_rids(mail)) +
             " pending till Mon Mar 18 08:17:00 2024 [Default]");
  script.close_delivery(first);
  script.wait(30 + script.dice().below(300));
  const auto second = script.deliver_to(mail);
  script.accepted(mail, second, all_rids(mail));
  mail.action = "delivered";
  script.finish(mail);
  script.close_delivery(second);
}

void dropped(MailScript& script, MailTruth mail) {
  script.scan(mail, "negative");
  script.say("Message aborted MID " + std::to_string(mail.mid) +
             " Dropped by content filter 'BlockExe' in the " + mail.direction + " table");
  mail.action = "dropped";
  for (auto& one : mail.recipients)
    one.result.clear();
  script.finish(mail, "aborted");
}

// The sender goes away in the middle: no DATA, no subject.
void aborted(MailScript& script, MailTruth mail) {
  script.wait(2);
  script.say("Message aborted MID " + std::to_string(mail.mid) + " Receiving aborted by sender");
  mail.action = "aborted";
  // Which way it went is told by the policy, and none was chosen yet.
  mail.direction.clear();
  script.finish(mail, "aborted");
}

using Fate = void (*)(MailScript&, MailTruth);
struct WeightedFate {
  Fate fate;
  unsigned weight;
};

Fate draw_fate(Dice& dice, std::size_t recipients) {
  constexpr std::array<WeightedFate, 8> kFates = {{{delivered, 50},
                                                   {rewritten, 12},
                                                   {spam, 12},
                                                   {bounced, 7},
                                                   {split, 6},
                                                   {dropped, 5},
                                                   {delayed, 4},
                                                   {released, 4}}};
  auto number = dice.below(100);
  for (const auto& [fate, weight] : kFates) {
    if (number < weight) return fate == split && recipients < 2 ? delivered : fate;
    number -= weight;
  }
  return delivered;
}

// Refused connections, in the two ways that the appliance has.
void refused(MailScript& script) {
  MailTruth mail;
  if (script.dice().chance(0.5)) {
    script.say("ICID 0 TCPREFUSE SG BLOCKLIST match sbrs[-10.0:-3.0] SBRS -9.9 country None");
    return;
  }
  script.connect(mail, "REJECT");
  script.close_connection(mail);
}

}  // namespace

MailScript play_connection(TimePoint start, MailCounters& counters, Dice& dice) {
  MailScript script(start, counters, dice);
  if (dice.chance(0.08)) {
    refused(script);
    return script;
  }
  MailTruth connection;
  script.connect(connection, dice.chance(0.2) ? "RELAY" : "ACCEPT");
  if (dice.chance(0.03)) {
    auto mail = connection;
    script.start_message(mail, 1);
    aborted(script, mail);
    script.say("ICID " + std::to_string(mail.icid) + " lost");
    script.close_connection(mail);
    return script;
  }
  // Several messages may come over one connection; they are received before it closes.
  std::vector<MailTruth> received;
  const auto messages = dice.chance(0.15) ? 3U : 1U;
  for (unsigned at = 0; at < messages; ++at) {
    auto mail = connection;
    script.start_message(mail, 1 + dice.below(3));
    script.wait(dice.below(2));
    script.receive(mail);
    received.push_back(std::move(mail));
  }
  script.close_connection(connection);
  for (auto& mail : received) {
    script.wait(dice.below(3));
    const auto fate = draw_fate(dice, mail.recipients.size());
    fate(script, std::move(mail));
  }
  return script;
}

}  // namespace cistern::lab
